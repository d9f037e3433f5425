-- Sets or removes a queue's limit of jobs within a time, as `setGlobalRateLimit` and `removeGlobalRateLimit` of BullMQ 5 and 6
-- do (5.81, 6.7). Unlike those, it wakes an idle worker where a job waits. A worker that reached the earlier limit sleeps
-- until that ends, and nothing in Redis wakes it.
-- Follows begin.lua.
--
-- Parameters: how many jobs, 0 for no limit; within how many ms.
if version < 5 then return NOT_IN_4 end
local max, duration = parameters[1], parameters[2]
local before = redis.call("HMGET", meta, "max", "duration")
if max == "0" then
  if not before[1] and not before[2] then return UNCHANGED end
elseif before[1] == max and before[2] == duration then
  return UNCHANGED
end
local was = before[1] and before[1] .. " within " .. (before[2] or "?") .. " ms" or "no limit"

return operate("before: " .. was, function()
  if max == "0" then
    remove_field("max")
    remove_field("duration")
  else
    set_field("max", max)
    set_field("duration", duration)
  end
  wake()
end)
