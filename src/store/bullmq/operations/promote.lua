-- Promotes one delayed job of a queue kept by BullMQ 4, 5 or 6: it waits now, whatever its delay was. It leaves in Redis
-- what that BullMQ's own `job.promote()` leaves (4.18, 5.81 and 6.7), with one exception: if different majors paused and
-- resumed the queue in turns, the job goes where the fewest resumes lose it. As in BullMQ, `lifo` is ignored, and the next
-- job of a scheduler may be promoted: the one after it follows.
-- Follows operation.lua.
--
-- Returns 1 (it waits), 2 (it waits in a queue that is paused), GONE, WRONG_STATE or LOCKED.
if redis.call("EXISTS", job) == 0 then return GONE end
local score = redis.call("ZSCORE", delayed, id)
if not score then return WRONG_STATE end
if redis.call("EXISTS", lock) == 1 then return LOCKED end

local version, told = bull_major(meta)
local of_4 = is_of_4(version, told)
local is_paused = redis.call("HEXISTS", meta, "paused") == 1
local target = list_to_join(version, is_paused, wait, paused)
local priority = tonumber(redis.call("HGET", job, "priority") or "") or 0
local wake = not is_paused and not is_full(meta, active)
local delay = redis.call("HGET", job, "delay")

-- BullMQ 4 keeps a marker for the next delayed job in the list, at the end where jobs are added.
local function drop_marker()
  local first = redis.call("LINDEX", target, 0)
  if first and string.sub(first, 1, 2) == "0:" then
    redis.call("LPOP", target)
    undoing("LPUSH", target, first)
  end
end

local function join()
  if priority == 0 then return push(target, id) end
  redis.call("ZADD", prioritized, priority_score(priority, pc), id)
  undoing("ZREM", prioritized, id)
  -- BullMQ 4 wakes its workers for such a job by a marker in an empty list.
  if of_4 and not is_paused and redis.call("LLEN", wait) == 0 then push(wait, "0:0") end
end

local refused = operate({
  {"ZADD", delayed, "XX", score, id},
  priority == 0 and {"LREM", target, 1, ""} or {"ZREM", prioritized, ""},
}, function()
  tell(events, nil, "event", "waiting", "jobId", id, "prev", "delayed")
  drop_marker()
  join()
  take_from_set(delayed, id, score)
  redis.call("HSET", job, "delay", 0)
  if delay then undoing("HSET", job, "delay", delay) else undoing("HDEL", job, "delay") end
  if not of_4 and wake then redis.call("ZADD", marker, 0, "0") end
end)
return refused or (is_paused and 2 or 1)
