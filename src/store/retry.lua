-- Retries one failed job of a queue kept by BullMQ 4, 5 or 6, leaving in Redis what that BullMQ's own `job.retry()` leaves.
-- Follows bull_rules.lua.
--
-- They differ in where a job waits while its queue is paused. 4 and 5 keep waiting jobs in `paused`, and their resume renames
-- that to `wait`: what is in `wait` by then is lost. 6 leaves them in `wait`, and its resume also takes up what is in `paused`.
--
-- Every check comes before the first write, and of the writes those that can fail (no memory, a key of
-- another type) come first, because a script is not rolled back: whatever fails, the job stays in one list at least.
--
-- KEYS, all below {prefix}:{queue}: and so, in a cluster, of one slot when prefix or queue has a hash tag
--   1 <job id>       hash     7 meta         hash
--   2 <job id>:lock  string   8 marker       zset (BullMQ 5 and 6)
--   3 failed         zset     9 events       stream
--   4 wait           list    10 prioritized  zset (BullMQ 6)
--   5 paused         list    11 pc           string (BullMQ 6)
--   6 active         list
--   and, of a child job of BullMQ 5 or 6, what its `parentKey` names: the parent's hash, :unsuccessful (zset),
--   :failed (hash) and :dependencies (set), in the same slot because BullMQ itself needs them there.
-- ARGV
--   1 job id
--   2 "1": also set the attempts made back to 0 (`resetAttemptsMade`); "0" is BullMQ's default
--   3 "1": also set the attempts started back to 0 (`resetAttemptsStarted`); "0" is BullMQ's default
--   BullMQ 4 can reset neither; both are ignored on its queues.
-- Returns
--     1  retried: it waits
--     2  retried: it waits in a queue that is paused
--    -1  there is no such job
--    -3  the job is not in `failed`
--    -6  a worker holds the job's lock
-- Nothing was changed when the answer is below 0.
local job, lock, failed, wait, paused, active, meta, marker, events, prioritized, pc = unpack(KEYS)
local id, reset_made, reset_started = ARGV[1], ARGV[2] == "1", ARGV[3] == "1"

-- A `lifo` job goes back to the end that workers take from.
local function push_command()
  local decoded, opts = pcall(cjson.decode, redis.call("HGET", job, "opts") or "")
  local lifo = decoded and type(opts) == "table" and opts["lifo"]
  return lifo and lifo ~= cjson.null and "RPUSH" or "LPUSH"
end

-- The key of the job's parent, if there still is one.
local function parent_key()
  local parent = redis.call("HGET", job, "parentKey")
  return parent and redis.call("EXISTS", parent) == 1 and parent or nil
end

local version = bull_major(meta)
if redis.call("EXISTS", job) == 0 then return -1 end
if not redis.call("ZSCORE", failed, id) then return -3 end
if redis.call("EXISTS", lock) == 1 then return -6 end

local is_paused = redis.call("HEXISTS", meta, "paused") == 1
local target = list_to_join(version, is_paused, wait, paused)
local priority = tonumber(redis.call("HGET", job, "priority") or "") or 0
local push = push_command()
local wake = not is_paused and not is_full(meta, active)
local parent = parent_key()
local limit = tonumber(redis.call("HGET", meta, "opts.maxLenEvents") or "")

redis.call("XADD", events, "MAXLEN", "~", limit or 10000, "*", "event", "waiting", "jobId", id, "prev", "failed")
-- BullMQ 6 keeps a job's priority, 4 and 5 do not.
if version >= 6 and priority ~= 0 then
  redis.call("ZADD", prioritized, priority_score(priority, pc), id)
else
  redis.call(push, target, id)
end
redis.call("ZREM", failed, id)
redis.call("HDEL", job, "failedReason", "finishedOn", "processedOn")

-- BullMQ 4 wakes its workers by the push, keeps no marker and does not tell the parent.
if version >= 5 then
  if not limit then redis.call("HSET", meta, "opts.maxLenEvents", 10000) end
  if reset_made then redis.call("HDEL", job, "atm") end
  if reset_started then redis.call("HDEL", job, "ats") end
  if wake then redis.call("ZADD", marker, 0, "0") end
  -- A parent that had put the child down as failed waits for it again.
  if parent and (redis.call("ZREM", parent .. ":unsuccessful", job) == 1
      or redis.call("HDEL", parent .. ":failed", job) == 1) then
    redis.call("SADD", parent .. ":dependencies", job)
  end
end
return is_paused and 2 or 1
