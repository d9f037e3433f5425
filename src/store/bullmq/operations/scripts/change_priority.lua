-- Gives one waiting job of a queue kept by BullMQ 4, 5 or 6 another priority, or another place among those of its own. It leaves
-- in Redis what that BullMQ's own `job.changePriority()` leaves (4.18, 5.81 and 6.7), but for what it does better: it refuses
-- states in which BullMQ says that it did it and changes the hash alone, finds a job that waits in a list of another major, and
-- in BullMQ 4 moves a job that gets no priority back to the list. As in BullMQ there is no event.
-- Follows operation.lua.
--
-- Parameters: the priority, 0 for none; "1" to come before those of the same priority.
-- Returns 1 (it waits), 2 (it waits in a queue that is paused), GONE, WRONG_STATE or LOCKED.
local priority, is_next = tonumber(parameters[1]), parameters[2] == "1"

-- The list that the job waits in. The end that workers take from is searched first.
local function list_of_job()
  for _, list in ipairs({wait, paused}) do
    if redis.call("LPOS", list, id, "RANK", -1) then return list end
  end
end

if redis.call("EXISTS", job) == 0 then return GONE end
local score = redis.call("ZSCORE", prioritized, id)
local list = not score and list_of_job()
if not score and not list then return WRONG_STATE end
if redis.call("EXISTS", lock) == 1 then return LOCKED end

local line = place_in_line()
local before = redis.call("HGET", job, "priority")

-- Puts it in its new place; whether it is there twice then, both times in the list it was in.
local function put()
  if priority == 0 then
    push(line.target, id, is_next)
    return list == line.target
  end
  redis.call("ZADD", prioritized, is_next and priority * 0x100000000 or priority_score(priority, pc), id)
  if score then undoing("ZADD", prioritized, score, id) else undoing("ZREM", prioritized, id) end
  -- BullMQ 4 wakes its workers for such a job by a marker in an empty list.
  local others = redis.call("LLEN", wait) - (list == wait and 1 or 0)
  if line.of_4 and not line.is_paused and others == 0 then push(wait, "0:0") end
end

-- Takes it from its old place. This comes last: taking it back could not restore its place.
local function take_out(is_there_twice)
  if score then
    if priority == 0 then redis.call("ZREM", prioritized, id) end
  else
    -- Of two in one list the old one is the farther from the end that it was put at.
    redis.call("LREM", list, is_there_twice and is_next and 1 or -1, id)
  end
end

local refused = operate({
  {"ZADD", prioritized, "XX", 0, ""},
  {"ZREM", prioritized, ""},
  {"LLEN", line.target},
  {"HDEL", job, ""},
}, function()
  local is_there_twice = put()
  redis.call("HSET", job, "priority", priority)
  if before then undoing("HSET", job, "priority", before) else undoing("HDEL", job, "priority") end
  if not line.of_4 and line.wakes and not (is_next and priority > 0) then redis.call("ZADD", marker, 0, "0") end
  take_out(is_there_twice)
end)
return refused or (line.is_paused and 2 or 1)
