-- Comes first in every script that adds jobs to a queue: where the queue's BullMQ looks for them.

-- The library's major version, and whether the queue states it. The Rust crate writes only its name, and works like 6. A
-- queue that was only used through FlowProducer and Worker states nothing and counts as 5: the resume of 6 also takes up
-- what is in `paused`, so nothing is lost if that is wrong.
local function bull_major(meta)
  local told = redis.call("HMGET", meta, "version", "library")
  if not told[1] and string.find(told[2] or "", "^bullmq%-official:") then return 6, true end
  local major = tonumber(string.match(told[1] or "", "^bullmq:(%d+)%.") or "")
  return major or 5, major ~= nil
end

-- The list in which a job waits. While the queue is paused this is `paused` if it exists, else `wait` if it exists, else
-- the list that the queue's BullMQ uses. Different majors may pause and resume a queue in turns, as during a deploy or a
-- rollback, and the resume of 4 and 5 renames `paused` to `wait`: what was in `wait` is lost. Of 72 such orders this rule
-- loses jobs in the fewest (tests/bullmq/write/paused_in_turns.rs).
local function list_to_join(version, is_paused, wait, paused)
  if not is_paused then return wait end
  if redis.call("EXISTS", paused) == 1 then return paused end
  if redis.call("EXISTS", wait) == 1 then return wait end
  return version >= 6 and wait or paused
end

-- Whether the queue's own limit of active jobs is reached; workers are then not woken.
local function is_full(meta, active)
  local limit = tonumber(redis.call("HGET", meta, "concurrency") or "")
  return limit ~= nil and redis.call("LLEN", active) >= limit
end

-- The score of a job with this priority among the prioritized jobs.
local function priority_score(priority, counter)
  return priority * 0x100000000 + redis.call("INCR", counter) % 0x100000000
end
