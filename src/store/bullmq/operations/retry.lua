-- Retries one failed job of a queue kept by BullMQ 4, 5 or 6 and writes the audit entry of that, in one step. It leaves in Redis
-- what that BullMQ's own `job.retry()` leaves (4.18, 5.81 and 6.7), but for two things that it does better: BullMQ 5 forgets a
-- job's priority, and where majors took turns at a paused queue the job goes where the fewest resumes lose it.
-- Follows enqueue.lua.
--
-- Every check comes before the first write. A script is not rolled back, so whatever Redis refuses after that takes back what
-- was written, in turn: the job stays in `failed`, without an entry.
--
-- KEYS, those of the queue all below {prefix}:{queue}: and so, in a cluster, of one slot when prefix or queue has a hash tag
--   1 <job id>       hash     7 meta         hash
--   2 <job id>:lock  string   8 marker       zset (BullMQ 5 and 6)
--   3 failed         zset     9 events       stream
--   4 wait           list    10 prioritized  zset
--   5 paused         list    11 pc           string
--   6 active         list
--   12 the audit stream   13 the audit's list of this job
--   and, of a child job of BullMQ 5 or 6, what its `parentKey` names: the parent's hash, :unsuccessful (zset),
--   :failed (hash) and :dependencies (set), in the same slot because BullMQ itself needs them there.
-- ARGV
--   1 job id
--   2 "1": also set the attempts made back to 0 (`resetAttemptsMade`); "0" is BullMQ's default
--   3 "1": also set the attempts started back to 0 (`resetAttemptsStarted`); "0" is BullMQ's default
--   BullMQ 4 can reset neither; both are ignored on its queues.
--   4 how long to keep the job's list of entries, in ms, 0 for ever
--   5… the audit entry's fields and values
-- Returns
--     1  retried: it waits
--     2  retried: it waits in a queue that is paused
--    -1  there is no such job
--    -3  the job is not in `failed`
--    -6  a worker holds the job's lock
-- Nothing was changed when the answer is below 0, or an error.
local job, lock, failed, wait, paused, active, meta, marker, events, prioritized, pc, audit, audit_of_job = unpack(KEYS)
local id, reset_made, reset_started, list_kept = ARGV[1], ARGV[2] == "1", ARGV[3] == "1", ARGV[4]

-- What takes back what was written, in this order from its end.
local undo = {}
local function undoing(...) undo[#undo + 1] = {...} end

-- A `lifo` job goes back to the end that workers take from.
local function is_lifo()
  local decoded, opts = pcall(cjson.decode, redis.call("HGET", job, "opts") or "")
  local lifo = decoded and type(opts) == "table" and opts["lifo"]
  return lifo and lifo ~= cjson.null
end

-- The key of the job's parent, if there still is one.
local function parent_key()
  local parent = redis.call("HGET", job, "parentKey")
  return parent and redis.call("EXISTS", parent) == 1 and parent or nil
end

-- A queue that tells no version may be of BullMQ 4, which alone counts a job's attempts under this name.
local function is_of_4(version, told)
  if told then return version <= 4 end
  return redis.call("HEXISTS", job, "attemptsMade") == 1 and redis.call("HEXISTS", job, "atm") == 0
    and redis.call("EXISTS", marker) == 0
end

if redis.call("EXISTS", job) == 0 then return -1 end
local score = redis.call("ZSCORE", failed, id)
if not score then return -3 end
if redis.call("EXISTS", lock) == 1 then return -6 end

local version, told = bull_major(meta)
local of_4 = is_of_4(version, told)
local is_paused = redis.call("HEXISTS", meta, "paused") == 1
local target = list_to_join(version, is_paused, wait, paused)
local priority = tonumber(redis.call("HGET", job, "priority") or "") or 0
-- BullMQ 4 alone is known to have workers that a job with a priority does not wake without a marker in `wait`.
local by_priority = priority > 0 and not (told and of_4)
local lifo = is_lifo()
local wake = not is_paused and not is_full(meta, active)
local parent = parent_key()
local limit = tonumber(redis.call("HGET", meta, "opts.maxLenEvents") or "")

local function record()
  local entry = {}
  for i = 5, #ARGV do entry[#entry + 1] = ARGV[i] end
  local stream_id = redis.call("XADD", audit, "*", unpack(entry))
  undoing("XDEL", audit, stream_id)
  redis.call("LPUSH", audit_of_job, stream_id)
  undoing("LREM", audit_of_job, 1, stream_id)
end

local function tell()
  local event = {"event", "waiting", "jobId", id, "prev", "failed"}
  local stream_id
  -- BullMQ 4 leaves the trimming to its other scripts.
  if of_4 then
    stream_id = redis.call("XADD", events, "*", unpack(event))
  else
    stream_id = redis.call("XADD", events, "MAXLEN", "~", limit or 10000, "*", unpack(event))
  end
  undoing("XDEL", events, stream_id)
end

local function join()
  if by_priority then
    redis.call("ZADD", prioritized, priority_score(priority, pc), id)
    undoing("ZREM", prioritized, id)
  else
    redis.call(lifo and "RPUSH" or "LPUSH", target, id)
    undoing("LREM", target, lifo and -1 or 1, id)
  end
  redis.call("ZREM", failed, id)
  undoing("ZADD", failed, score, id)
end

-- A parent that had put the child down as failed waits for it again. BullMQ 4 does not tell it.
local function tell_parent()
  local unsuccessful, failures, dependencies = parent .. ":unsuccessful", parent .. ":failed", parent .. ":dependencies"
  local stood, why = redis.call("ZSCORE", unsuccessful, job), redis.call("HGET", failures, job)
  if not stood and not why then return end
  redis.call("SREM", dependencies, "")
  if redis.call("SADD", dependencies, job) == 1 then undoing("SREM", dependencies, job) end
  if stood then
    redis.call("ZREM", unsuccessful, job)
    undoing("ZADD", unsuccessful, stood, job)
  else
    redis.call("HDEL", failures, job)
    undoing("HSET", failures, job, why)
  end
end

-- A retried job keeps nothing of how it ended. This comes last, so that it never has to be taken back.
local function forget_end()
  local gone = {"failedReason", "finishedOn", "processedOn"}
  if not of_4 and reset_made then gone[#gone + 1] = "atm" end
  if not of_4 and reset_started then gone[#gone + 1] = "ats" end
  redis.call("HDEL", job, unpack(gone))
end

-- What taking back needs is tried where it does nothing: without the right to it nothing is changed. ZADD is the first, since
-- for want of memory Redis refuses a script's first write alone (7.0), and that only where the command may need some.
redis.call("ZADD", failed, "XX", score, id)
redis.call("XDEL", audit, "0-1")
redis.call("XDEL", events, "0-1")
redis.call("LREM", audit_of_job, 1, "")
if by_priority then redis.call("ZREM", prioritized, "") else redis.call("LREM", target, 1, "") end

local fine, refused = pcall(function()
  record()
  tell()
  join()
  -- BullMQ 4 wakes its workers by the push and keeps no marker.
  if not of_4 then
    if parent then tell_parent() end
    if not limit then redis.call("HSET", meta, "opts.maxLenEvents", 10000) end
    if wake then redis.call("ZADD", marker, 0, "0") end
  end
  forget_end()
end)
if not fine then
  for i = #undo, 1, -1 do redis.pcall(unpack(undo[i])) end
  return redis.error_reply(type(refused) == "table" and refused.err or tostring(refused))
end
if list_kept ~= "0" then redis.pcall("PEXPIRE", audit_of_job, list_kept) end
return is_paused and 2 or 1
