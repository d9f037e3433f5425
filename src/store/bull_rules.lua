-- What every script begins with that puts jobs in line: where the BullMQ that keeps the queue looks for them.

-- The library's major. The Rust crate writes no version but its name, and works as 6 does. Whatever else writes no version
-- counts as 5: the resume of 6 also takes up what is in `paused`, so that nothing is lost if that was wrong.
local function bull_major(meta)
  local told = redis.call("HMGET", meta, "version", "library")
  if not told[1] and string.find(told[2] or "", "^bullmq%-official:") then return 6 end
  return tonumber(string.match(told[1] or "", "^bullmq:(%d+)%.") or "5")
end

-- The list in which a job waits: that of its queue's BullMQ, but while a queue is paused rather the only one that is there. That
-- matters where two majors take turns at a paused queue, as in a deploy or when one is taken back: the resume of 5 keeps `wait`
-- as long as there is no `paused`, and the resume of 6 keeps both.
local function list_to_join(version, is_paused, wait, paused)
  if not is_paused then return wait end
  local has_wait, has_paused = redis.call("EXISTS", wait) == 1, redis.call("EXISTS", paused) == 1
  if version >= 5 and has_wait ~= has_paused then return has_paused and paused or wait end
  return version >= 6 and wait or paused
end

-- Whether the queue's own limit of active jobs is reached; workers are then not woken.
local function is_full(meta, active)
  local limit = tonumber(redis.call("HGET", meta, "concurrency") or "")
  return limit ~= nil and redis.call("LLEN", active) >= limit
end

-- Where a job of this priority stands among those that wait by priority.
local function priority_score(priority, counter)
  return priority * 0x100000000 + redis.call("INCR", counter) % 0x100000000
end
