-- Deletes the log of one job of a queue kept by BullMQ 4, 5 or 6, or all of its lines but the newest. It leaves in Redis what that
-- BullMQ's own `job.clearLogs()` leaves (4.18, 5.81 and 6.7). As in BullMQ the job may be in any state, and active; there is no
-- event. Unlike BullMQ, it refuses a job that is gone.
-- Follows operation.lua.
--
-- Parameters: how many of the newest lines stay.
-- Returns 1 or GONE.
local stay = tonumber(parameters[1])
local log = beside .. "logs"

if redis.call("EXISTS", job) == 0 then return GONE end
-- Refused here where the key is not a list, since deleting asks for no type.
redis.call("LLEN", log)

local refused = operate({
  {"ZADD", completed, "XX", 0, ""},
  {"LTRIM", log, 0, -1},
}, function()
  if stay > 0 then redis.call("LTRIM", log, -stay, -1) else redis.call("DEL", log) end
end)
return refused or 1
