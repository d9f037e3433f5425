-- Deletes what an obliterated queue has besides jobs, as the last pieces of a run. Follows records/runs/step.lua.
--
-- BullMQ's own obliterate also deletes `meta`, and with it the version: no program writes it anew but a new Queue, and until
-- then a queue of BullMQ 6 looks like one of 5. Here the version stays, and what names the library and its events.
--
-- KEYS  1 the run   2 its lease   3 meta   4 repeat   5 active   6 what the queue's keys begin with
-- ARGV  1 the lease's token   2 how long to keep it, in ms   3 now, in ms   4 how many schedulers at most
-- Returns GONE, MORE, or why nothing was changed.
local GONE, MORE, HALTED, NOT_PAUSED, JOBS = 1, 2, -10, -20, -22
local run, lease, meta, schedulers, active, base = unpack(KEYS)
if not run_is_held(run, lease, ARGV[1]) then return HALTED end
if redis.call("HEXISTS", meta, "paused") == 0 then return NOT_PAUSED end

-- BullMQ 4 keeps markers `0:<time>` among the waiting ids; they are not jobs.
local function has_jobs(list)
  if redis.call("LLEN", list) > 50 then return true end
  for _, id in ipairs(redis.call("LRANGE", list, 0, -1)) do
    if string.sub(id, 1, 2) ~= "0:" then return true end
  end
  return false
end
if redis.call("LLEN", active) > 0 or has_jobs(base .. "wait") or has_jobs(base .. "paused") then return JOBS end
for _, set in ipairs({"delayed", "prioritized", "completed", "failed", "waiting-children"}) do
  if redis.call("ZCARD", base .. set) > 0 then return JOBS end
end

-- Nothing below needs memory.
local ids = redis.call("ZRANGE", schedulers, 0, ARGV[4] - 1)
for _, id in ipairs(ids) do
  redis.call("UNLINK", base .. "repeat:" .. id)
  redis.call("ZREM", schedulers, id)
end
run_did(run, lease, 0, ARGV[3], ARGV[2])
if #ids > 0 then return MORE end

for _, suffix in ipairs({
  "events", "delay", "stalled-check", "stalled", "id", "pc", "marker", "limiter", "wait", "paused",
  "metrics:completed", "metrics:completed:data", "metrics:failed", "metrics:failed:data",
}) do
  redis.call("UNLINK", base .. suffix)
end
local stays = {["version"] = true, ["library"] = true, ["opts.maxLenEvents"] = true}
for _, field in ipairs(redis.call("HKEYS", meta)) do
  if not stays[field] then redis.call("HDEL", meta, field) end
end
return GONE
