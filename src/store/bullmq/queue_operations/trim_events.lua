-- Deletes the oldest events of a queue. BullMQ's own `trimEvents` does so roughly, and keeps up to a hundred more (4.18, 5.81,
-- 6.7); this keeps exactly as many as it is told.
-- Follows begin.lua.
--
-- Parameters: how many to keep.
local keep = tonumber(parameters[1])
local has = redis.call("XLEN", events)
if has <= keep then return UNCHANGED end

return operate("events deleted: " .. has - keep, function()
  redis.call("XTRIM", events, "MAXLEN", "=", parameters[1])
end)
