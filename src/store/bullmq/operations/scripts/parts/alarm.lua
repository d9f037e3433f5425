-- What update_data.lua writes beside an edit that was saved without the second person whom it takes: an alarm for all admins.
--
-- KEYS  7 the alarm
-- condition  1 what it says   2 for how long, in ms
local function unmet() return nil end

local function settle(condition)
  redis.call('SET', KEYS[7], condition[1], 'PX', condition[2])
end
