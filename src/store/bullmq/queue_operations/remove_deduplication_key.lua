-- Removes a deduplication key, as `removeDeduplicationKey` of BullMQ 5 and 6 does (5.81, 6.7): what waits to be added once the
-- job has ended stays.
-- Follows begin.lua.
--
-- Parameters: the deduplication id.
if version < 5 then return NOT_IN_4 end
local key = base .. "de:" .. parameters[1]
local job = redis.call("GET", key)
if not job then return UNCHANGED end

return operate("it named the job " .. job, function()
  redis.call("DEL", key)
end)
