-- Retries one failed or completed job of a queue kept by BullMQ 4, 5 or 6. It leaves in Redis what that BullMQ's own `job.retry()`
-- leaves (4.18, 5.81 and 6.7), with two improvements: it keeps the job's priority, which BullMQ 5 forgets, and if different
-- majors paused and resumed the queue in turns, the job goes where the fewest resumes lose it.
-- Follows operation.lua and release.lua.
--
-- Parameters: "reset" to set the attempts made and started back to 0 (`resetAttemptsMade`, `resetAttemptsStarted`), "keep" to
-- leave them, which is BullMQ's default. BullMQ 4 itself can't reset them; its workers count from what the hash says.
-- Then "after children" for a failed job of a flow that is retried as a whole: if children of it are pending, it waits for them
-- and does not run before, and while one of them counts as failed it stays. A job that has completed meanwhile stays too, and so
-- does one whose parent has gone on without it: the parent would depend on it again, and could not complete.
-- Returns 1 (it waits), 2 (it waits in a queue that is paused), GONE, WRONG_STATE, LOCKED, HAS_CHILDREN where it stays for a child,
-- or PASSED_OVER where its parent has gone on.
local HAS_CHILDREN, PASSED_OVER = -4, -13
local resets, after_children = parameters[1] == "reset", parameters[2] == "after children"

-- A `lifo` job goes back to the end that workers take from.
local function is_lifo()
  local decoded, opts = pcall(cjson.decode, redis.call("HGET", job, "opts") or "")
  local lifo = decoded and type(opts) == "table" and opts["lifo"]
  return lifo and lifo ~= cjson.null
end

-- The set that it ended in, the state as events name it, and the field that keeps how it ended.
local ended = {set = failed, name = "failed", field = "failedReason"}
local score, why_not = score_unheld(failed)
if why_not == WRONG_STATE and not after_children then
  ended = {set = completed, name = "completed", field = "returnvalue"}
  score, why_not = score_unheld(completed)
end
if not score then return why_not end
if after_children and redis.call("ZCARD", job .. ":unsuccessful") > 0 then return HAS_CHILDREN end

-- Whether a parent that counts the job as failed neither waits for its children nor has failed.
local function is_passed_over()
  local parent = parent_key()
  if not parent then return false end
  if not redis.call("ZSCORE", parent .. ":unsuccessful", job) and not redis.call("HGET", parent .. ":failed", job) then
    return false
  end
  local one, prefix = names_of(job, parent)
  return not redis.call("ZSCORE", prefix .. "waiting-children", one) and not redis.call("ZSCORE", prefix .. "failed", one)
end
if after_children and is_passed_over() then return PASSED_OVER end

local waits_for_children = after_children and redis.call("SCARD", job .. ":dependencies") > 0

local line = place_in_line()
-- BullMQ 4 alone is known to have workers that a job with a priority does not wake without a marker in `wait`.
local by_priority = line.priority > 0 and not (line.told and line.of_4)
local lifo = is_lifo()
local parent = parent_key()
local kept, set_default_kept = events_kept()

local function join()
  if waits_for_children then
    local time = redis.call("TIME")
    redis.call("ZADD", waiting_children, string.format("%.0f", time[1] * 1000 + math.floor(time[2] / 1000)), id)
    undoing("ZREM", waiting_children, id)
  elseif by_priority then
    redis.call("ZADD", prioritized, priority_score(line.priority, pc), id)
    undoing("ZREM", prioritized, id)
  else
    push(line.target, id, lifo)
  end
  take_from_set(ended.set, id, score)
end

-- A parent that has the result of a completed child depends on it again.
local function tell_parent_of_completed()
  local results, dependencies = parent .. ":processed", parent .. ":dependencies"
  local result = redis.call("HGET", results, job)
  if not result then return end
  redis.call("SREM", dependencies, "")
  if redis.call("SADD", dependencies, job) == 1 then undoing("SREM", dependencies, job) end
  redis.call("HDEL", results, job)
  undoing("HSET", results, job, result)
end

-- A parent that counted the child as failed waits for it again. BullMQ 4 does not do either.
local function tell_parent()
  if ended.set == completed then return tell_parent_of_completed() end
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
  local gone = {ended.field, "finishedOn", "processedOn"}
  if resets then
    for _, field in ipairs(line.of_4 and {"attemptsMade"} or {"atm", "ats"}) do gone[#gone + 1] = field end
  end
  redis.call("HDEL", job, unpack(gone))
end

local refused = operate({
  {"ZADD", ended.set, "XX", score, id},
  by_priority and {"ZREM", prioritized, ""} or {"LLEN", line.target},
}, function()
  -- BullMQ 4 leaves the trimming of events to its other scripts.
  local joined = waits_for_children and "waiting-children" or "waiting"
  tell(events, not line.of_4 and kept or nil, "event", joined, "jobId", id, "prev", ended.name)
  join()
  -- BullMQ 4 wakes its workers by the push and keeps no marker.
  if not line.of_4 then
    if parent then tell_parent() end
    set_default_kept()
    if line.wakes and not waits_for_children then redis.call("ZADD", marker, 0, "0") end
  end
  forget_end()
end)
return refused or (line.is_paused and 2 or 1)
