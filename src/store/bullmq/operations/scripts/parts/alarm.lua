-- What a script writes beside an edit that is saved, or a run that begins, without the second person whom it takes
-- (update_data.lua, begin.lua): an alarm for all admins.
--
-- key  1 the alarm
-- condition  1 what it says   2 for how long, in ms
local function unmet() return nil end

local function settle(key, condition)
  redis.call('SET', key[1], condition[1], 'PX', condition[2])
end
