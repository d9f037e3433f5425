-- Sets or removes a queue's limit of active jobs, as `setGlobalConcurrency` and `removeGlobalConcurrency` of BullMQ 5 and 6 do
-- (5.81, 6.7). Unlike those, it wakes an idle worker where a job waits that it may take now.
-- Follows begin.lua.
--
-- Parameters: the limit; 0 for none.
if version < 5 then return NOT_IN_4 end
local limit = parameters[1]
local before = redis.call("HGET", meta, "concurrency")
if (before or "0") == limit then return UNCHANGED end

return operate("before: " .. (before or "no limit"), function()
  if limit == "0" then remove_field("concurrency") else set_field("concurrency", limit) end
  wake()
end)
