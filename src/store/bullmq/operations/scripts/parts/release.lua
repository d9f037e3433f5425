-- How a parent goes on that waited for its children: it has its place by its delay or its priority, or else runs next, with an
-- event. BullMQ does so where its last child completes; where that child is removed, it forgets the priority and the delay.
-- Follows enqueue.lua and all_or_nothing.lua. A `prefix` is what the keys of a queue begin with, its last colon included.

-- The id of a job's parent and the prefix of its queue's keys. `parent` names both; `parentKey` alone can't say where the id
-- begins.
local function names_of(child, parent)
  local decoded, named = pcall(cjson.decode, redis.call("HGET", child, "parent") or "")
  if decoded and type(named) == "table" and type(named.id) == "string" and type(named.queueKey) == "string"
    and named.queueKey .. ":" .. named.id == parent then
    return named.id, named.queueKey .. ":"
  end
  local one = string.match(parent, ".*:(.*)")
  return one, string.sub(parent, 1, #parent - #one)
end

-- Tells the workers of BullMQ 4 when the next delayed job is due: by a marker in a list that has no job.
local function mark_due_for_4(list, due)
  local length = redis.call("LLEN", list)
  if length == 0 then return push(list, "0:" .. due) end
  local marked = length == 1 and string.match(redis.call("LINDEX", list, 0), "^0:(%d+)$")
  if not marked or tonumber(marked) <= due then return end
  redis.call("LSET", list, 0, "0:" .. due)
  undoing("LSET", list, 0, "0:" .. marked)
end

-- Has a parent wait for its delay, which begins once its children are done.
local function delay_parent(prefix, one, delay, of_4, list)
  local time = redis.call("TIME")
  local due = time[1] * 1000 + math.floor(time[2] / 1000) + delay
  redis.call("ZADD", prefix .. "delayed", string.format("%.0f", due * 0x1000), one)
  undoing("ZREM", prefix .. "delayed", one)
  tell(prefix .. "events", nil, "event", "delayed", "jobId", one, "delay", string.format("%.0f", due))
  local next_due = tonumber(redis.call("ZRANGE", prefix .. "delayed", 0, 0, "WITHSCORES")[2]) / 0x1000
  if of_4 then return mark_due_for_4(list, math.floor(next_due)) end
  redis.call("ZADD", prefix .. "marker", next_due, "1")
end

-- Puts a parent in line that is in no state now. `of_4` says whether BullMQ 4 keeps its queue where that does not say so itself.
local function put_parent_in_line(parent, one, prefix, of_4)
  local of_parent = prefix .. "meta"
  local version, told = bull_major(of_parent)
  if told then of_4 = version <= 4 end
  local is_paused = redis.call("HEXISTS", of_parent, "paused") == 1
  local list = list_to_join(version, is_paused, prefix .. "wait", prefix .. "paused")
  local kept = redis.call("HMGET", parent, "priority", "delay")
  local priority, delay = tonumber(kept[1] or "") or 0, tonumber(kept[2] or "") or 0
  if delay > 0 then return delay_parent(prefix, one, delay, of_4, list) end
  if priority > 0 then
    redis.call("ZADD", prefix .. "prioritized", priority_score(priority, prefix .. "pc"), one)
    undoing("ZREM", prefix .. "prioritized", one)
    -- BullMQ 4 wakes its workers for such a job by a marker in an empty list.
    if of_4 and not is_paused and redis.call("LLEN", prefix .. "wait") == 0 then push(prefix .. "wait", "0:0") end
  else
    push(list, one, true)
  end
  tell(prefix .. "events", nil, "event", "waiting", "jobId", one, "prev", "waiting-children")
  if not of_4 and not is_paused and not is_full(of_parent, prefix .. "active") then
    redis.call("ZADD", prefix .. "marker", 0, "0")
  end
end

-- Puts a parent in line if it waits for its children; whether it did.
local function wake_parent(parent, one, prefix, of_4)
  local score = redis.call("ZSCORE", prefix .. "waiting-children", one)
  if not score then return false end
  take_from_set(prefix .. "waiting-children", one, score)
  put_parent_in_line(parent, one, prefix, of_4)
  return true
end

-- Has a parent wait for a job no more. Where it waited for that alone and is put in line: its id and its queue's prefix.
local function release(child, parent, of_4)
  local dependencies = parent .. ":dependencies"
  if redis.call("SREM", dependencies, child) == 0 then return end
  undoing("SADD", dependencies, child)
  if redis.call("SCARD", dependencies) > 0 then return end
  local one, prefix = names_of(child, parent)
  if wake_parent(parent, one, prefix, of_4) then return one, prefix end
end
