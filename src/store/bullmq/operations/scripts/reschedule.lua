-- Has one delayed job of a queue kept by BullMQ 4, 5 or 6 wait until another time. It leaves in Redis what that BullMQ's own
-- `job.changeDelay()` leaves (4.18, 5.81 and 6.7). As in BullMQ, the next job of a scheduler may be rescheduled, and workers of
-- BullMQ 4 are not woken: they look for delayed jobs every few seconds.
-- Follows operation.lua.
--
-- Parameters: the time, in ms; how long that is from now, in ms.
-- Returns 1, GONE, WRONG_STATE or LOCKED.
local at, from_now = tonumber(parameters[1]), tonumber(parameters[2])

local score, why_not = score_unheld(delayed)
if not score then return why_not end

local version, told = bull_major(meta)
local of_4 = is_of_4(version, told)
local delay = redis.call("HGET", job, "delay")
local kept, set_default_kept = events_kept()

-- A delayed job's score is its time × 4096 and a counter, so that jobs of one time stay in order; BullMQ 4 counts by the id.
local function new_score()
  if of_4 then return at * 0x1000 + (string.match(id, "^%d+$") and #id < 16 and tonumber(id) % 0x1000 or 0) end
  local least, most = at * 0x1000, (at + 1) * 0x1000 - 1
  local last = tonumber(redis.call("ZREVRANGEBYSCORE", delayed, most, least, "WITHSCORES", "LIMIT", 0, 1)[2] or "")
  return last and math.min(last + 1, most) or least
end

local refused = operate({
  {"ZADD", delayed, "XX", score, id},
  {"HDEL", job, ""},
}, function()
  local new = new_score()
  tell(events, not of_4 and kept or nil, "event", "delayed", "jobId", id, "delay", of_4 and new / 0x1000 or at)
  redis.call("ZADD", delayed, new, id)
  undoing("ZADD", delayed, score, id)
  redis.call("HSET", job, "delay", from_now)
  if delay then undoing("HSET", job, "delay", delay) else undoing("HDEL", job, "delay") end
  if of_4 then return end
  set_default_kept()
  -- Workers sleep until the time that the marker tells.
  redis.call("ZADD", marker, tonumber(redis.call("ZRANGE", delayed, 0, 0, "WITHSCORES")[2]) / 0x1000, "1")
end)
return refused or 1
