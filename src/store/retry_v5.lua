-- Retries one failed job of a queue kept by BullMQ 4 or 5, leaving in Redis what that BullMQ's own
-- `job.retry()` leaves. BullMQ 6's script must not be used there: it puts the job into `wait` while the
-- queue is paused, and the resume of BullMQ 5 then replaces `wait` by `paused` and loses it.
--
-- Every check comes before the first write, and of the writes those that can fail (no memory, a key of
-- another type) come first, because a script is not rolled back: whatever fails, the job stays in one list at least.
--
-- KEYS, all below {prefix}:{queue}: and so, in a cluster, of one slot when prefix or queue has a hash tag
--   1 <job id>       hash     6 active  list
--   2 <job id>:lock  string   7 meta    hash
--   3 failed         zset     8 marker  zset (BullMQ 5 only)
--   4 wait           list     9 events  stream
--   5 paused         list
--   and, of a child job of BullMQ 5, what its `parentKey` names: the parent's hash, :unsuccessful (zset),
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
--   -20  the queue is kept by BullMQ 6 or later, or by its Rust crate: not for this script
-- Nothing was changed when the answer is below 0.
local job, lock, failed, wait, paused, active, meta, marker, events = unpack(KEYS)
local id, reset_made, reset_started = ARGV[1], ARGV[2] == "1", ARGV[3] == "1"

-- The library's major. The Rust crate writes no version but its name, and works as 6 does. Whatever else writes no version
-- counts as 5: the resume of 6 also takes up what is in `paused`, so that nothing is lost if that was wrong.
local function major()
  local told = redis.call("HMGET", meta, "version", "library")
  if not told[1] and string.find(told[2] or "", "^bullmq%-official:") then return 6 end
  return tonumber(string.match(told[1] or "", "^bullmq:(%d+)%.") or "5")
end

-- A `lifo` job goes back to the end that workers take from.
local function push_command()
  local decoded, opts = pcall(cjson.decode, redis.call("HGET", job, "opts") or "")
  local lifo = decoded and type(opts) == "table" and opts["lifo"]
  return lifo and lifo ~= cjson.null and "RPUSH" or "LPUSH"
end

-- BullMQ 4 and 5 keep the waiting jobs of a paused queue in `paused`; their resume renames it to `wait`, and what is in `wait`
-- then is lost. Only a queue that BullMQ 6 paused, before an older release took it back, has jobs in `wait`: as long as there is
-- no `paused`, the resume leaves them alone, so the job joins them there.
local function list_to_join(version, is_paused)
  if not is_paused then return wait end
  local left_by_6 = version >= 5 and redis.call("EXISTS", paused) == 0 and redis.call("EXISTS", wait) == 1
  return left_by_6 and wait or paused
end

-- Whether the queue's own limit of active jobs is reached; workers are then not woken.
local function full()
  local limit = tonumber(redis.call("HGET", meta, "concurrency") or "")
  return limit ~= nil and redis.call("LLEN", active) >= limit
end

-- The key of the job's parent, if there still is one.
local function parent_key()
  local parent = redis.call("HGET", job, "parentKey")
  return parent and redis.call("EXISTS", parent) == 1 and parent or nil
end

local version = major()
if version >= 6 then return -20 end
if redis.call("EXISTS", job) == 0 then return -1 end
if not redis.call("ZSCORE", failed, id) then return -3 end
if redis.call("EXISTS", lock) == 1 then return -6 end

local is_paused = redis.call("HEXISTS", meta, "paused") == 1
local target = list_to_join(version, is_paused)
local push = push_command()
local wake = not is_paused and not full()
local parent = parent_key()
local limit = tonumber(redis.call("HGET", meta, "opts.maxLenEvents") or "")

redis.call("XADD", events, "MAXLEN", "~", limit or 10000, "*", "event", "waiting", "jobId", id, "prev", "failed")
redis.call(push, target, id)
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
