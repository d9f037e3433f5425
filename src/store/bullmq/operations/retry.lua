-- Retries one failed job of a queue kept by BullMQ 4, 5 or 6. It leaves in Redis what that BullMQ's own `job.retry()`
-- leaves (4.18, 5.81 and 6.7), with two improvements: it keeps the job's priority, which BullMQ 5 forgets, and if different
-- majors paused and resumed the queue in turns, the job goes where the fewest resumes lose it.
-- Follows operation.lua.
--
-- Parameters: "1" to set the attempts made back to 0 (`resetAttemptsMade`), "1" to set the attempts started back to 0
-- (`resetAttemptsStarted`); "0" is BullMQ's default. BullMQ 4 can reset neither; both are ignored on its queues.
-- Returns 1 (it waits), 2 (it waits in a queue that is paused), GONE, WRONG_STATE or LOCKED.
local reset_made, reset_started = parameters[1] == "1", parameters[2] == "1"

-- A `lifo` job goes back to the end that workers take from.
local function is_lifo()
  local decoded, opts = pcall(cjson.decode, redis.call("HGET", job, "opts") or "")
  local lifo = decoded and type(opts) == "table" and opts["lifo"]
  return lifo and lifo ~= cjson.null
end

if redis.call("EXISTS", job) == 0 then return GONE end
local score = redis.call("ZSCORE", failed, id)
if not score then return WRONG_STATE end
if redis.call("EXISTS", lock) == 1 then return LOCKED end

local version, told = bull_major(meta)
local of_4 = is_of_4(version, told)
local is_paused = redis.call("HEXISTS", meta, "paused") == 1
local target = list_to_join(version, is_paused, wait, paused)
local priority = tonumber(redis.call("HGET", job, "priority") or "") or 0
-- BullMQ 4 alone is known to have workers that a prioritized job does not wake without a marker in `wait`.
local by_priority = priority > 0 and not (told and of_4)
local lifo = is_lifo()
local wake = not is_paused and not is_full(meta, active)
local parent = parent_key()
local limit = tonumber(redis.call("HGET", meta, "opts.maxLenEvents") or "")

local function join()
  if by_priority then
    redis.call("ZADD", prioritized, priority_score(priority, pc), id)
    undoing("ZREM", prioritized, id)
  else
    push(target, id, lifo)
  end
  take_from_set(failed, id, score)
end

-- A parent that counted the child as failed waits for it again. BullMQ 4 does not do this.
local function tell_parent()
  local unsuccessful, failures, dependencies = parent .. ":unsuccessful", parent .. ":failed", parent .. ":dependencies"
  local stood, why = redis.call("ZSCORE", unsuccessful, job), redis.call("HGET", failures, job)
  if not stood and not why then return end
  redis.call("SREM", dependencies, "")
  if redis.call("SADD", dependencies, job) == 1 then undoing("SREM", dependencies, job) end
  if stood then
    take_from_set(unsuccessful, job, stood)
  else
    redis.call("HDEL", failures, job)
    undoing("HSET", failures, job, why)
  end
end

-- Removes how the job ended. This comes last, so that it never has to be taken back.
local function forget_end()
  local gone = {"failedReason", "finishedOn", "processedOn"}
  if not of_4 and reset_made then gone[#gone + 1] = "atm" end
  if not of_4 and reset_started then gone[#gone + 1] = "ats" end
  redis.call("HDEL", job, unpack(gone))
end

local refused = operate({
  {"ZADD", failed, "XX", score, id},
  by_priority and {"ZREM", prioritized, ""} or {"LREM", target, 1, ""},
}, function()
  -- BullMQ 4 leaves the trimming of events to its other scripts.
  tell(events, not of_4 and (limit or 10000) or nil, "event", "waiting", "jobId", id, "prev", "failed")
  join()
  -- BullMQ 4 wakes its workers by the push and keeps no marker.
  if not of_4 then
    if parent then tell_parent() end
    if not limit then redis.call("HSET", meta, "opts.maxLenEvents", 10000) end
    if wake then redis.call("ZADD", marker, 0, "0") end
  end
  forget_end()
end)
return refused or (is_paused and 2 or 1)
