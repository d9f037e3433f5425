-- Promotes one delayed job of a queue kept by BullMQ 4, 5 or 6: it waits now, whatever its delay was. It leaves in Redis
-- what that BullMQ's own `job.promote()` leaves (4.18, 5.81 and 6.7), with one exception: if different majors paused and
-- resumed the queue in turns, the job goes where the fewest resumes lose it. As in BullMQ, `lifo` is ignored, and the next
-- job of a scheduler may be promoted: the one after it follows.
-- Follows operation.lua.
--
-- Returns 1 (it waits), 2 (it waits in a queue that is paused), GONE, WRONG_STATE or LOCKED.
local score, why_not = score_unheld(delayed)
if not score then return why_not end

local line = place_in_line()
local delay = redis.call("HGET", job, "delay")

-- BullMQ 4 keeps a marker for the next delayed job in the list, at the end where jobs are added.
local function drop_marker()
  local first = redis.call("LINDEX", line.target, 0)
  if first and string.sub(first, 1, 2) == "0:" then
    redis.call("LPOP", line.target)
    undoing("LPUSH", line.target, first)
  end
end

local function join()
  if line.priority == 0 then return push(line.target, id) end
  redis.call("ZADD", prioritized, priority_score(line.priority, pc), id)
  undoing("ZREM", prioritized, id)
  -- BullMQ 4 wakes its workers for such a job by a marker in an empty list.
  if line.of_4 and not line.is_paused and redis.call("LLEN", wait) == 0 then push(wait, "0:0") end
end

local refused = operate({
  {"ZADD", delayed, "XX", score, id},
  line.priority == 0 and {"LLEN", line.target} or {"ZREM", prioritized, ""},
}, function()
  tell(events, nil, "event", "waiting", "jobId", id, "prev", "delayed")
  drop_marker()
  join()
  take_from_set(delayed, id, score)
  redis.call("HSET", job, "delay", 0)
  if delay then undoing("HSET", job, "delay", delay) else undoing("HDEL", job, "delay") end
  if not line.of_4 and line.wakes then redis.call("ZADD", marker, 0, "0") end
end)
return refused or (line.is_paused and 2 or 1)
