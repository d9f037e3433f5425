-- What the removal of a job takes along: its place in the queue, its deduplication key, and the wait of a parent for it.
-- Follows operation.lua. A `prefix` is what the keys of a queue begin with, its last colon included.

-- Where a job is: its state as events name it, and the set or list that holds it; nil if it is in none of these. A job that
-- waits for its children is found only where `with_parents` is true.
local function place_in(prefix, one, with_parents)
  local sets = {"completed", "delayed", "failed", "prioritized", with_parents and "waiting-children" or nil}
  for _, name in ipairs(sets) do
    if redis.call("ZSCORE", prefix .. name, one) then return {name = name, set = prefix .. name} end
  end
  for _, name in ipairs({"wait", "paused"}) do
    if redis.call("LPOS", prefix .. name, one, "RANK", -1) then return {name = name, list = prefix .. name} end
  end
end

local function take_out(place, one)
  if place.set then redis.call("ZREM", place.set, one) else redis.call("LREM", place.list, -1, one) end
end

-- Whether it is the delayed job that its scheduler continues from.
local function is_next_of_scheduler(prefix, one)
  local scheduler = redis.call("HGET", prefix .. one, "rjk")
  local due = scheduler and redis.call("ZSCORE", prefix .. "repeat", scheduler)
  -- BullMQ 4 has a digest in place of the scheduler's name.
  return due and string.sub(one, 1, 7) == "repeat:" and string.sub(one, -#due - 1) == ":" .. due
end

-- Whether a job's data is other than what an entry keeps, by its digest: SHA-1 in hex, or `none` where it keeps none.
local function is_other(key, digest)
  local stored = redis.call("HGET", key, "data")
  return (stored and redis.sha1hex(stored) or "none") ~= digest
end

-- The parent's id and the prefix of its queue's keys. `parent` names both; `parentKey` alone can't say where the id begins.
local function names_of(parent)
  local decoded, named = pcall(cjson.decode, redis.call("HGET", job, "parent") or "")
  if decoded and type(named) == "table" and type(named.id) == "string" and type(named.queueKey) == "string"
    and named.queueKey .. ":" .. named.id == parent then
    return named.id, named.queueKey .. ":"
  end
  local one = string.match(parent, ".*:(.*)")
  return one, string.sub(parent, 1, #parent - #one)
end

-- Has a parent wait for its delay, which begins once its children are done.
local function delay_parent(prefix, one, delay, of_4)
  local time = redis.call("TIME")
  local due = time[1] * 1000 + math.floor(time[2] / 1000) + delay
  redis.call("ZADD", prefix .. "delayed", due * 0x1000, one)
  undoing("ZREM", prefix .. "delayed", one)
  tell(prefix .. "events", nil, "event", "delayed", "jobId", one, "delay", due)
  if of_4 or redis.call("HEXISTS", prefix .. "meta", "paused") == 1 then return end
  local next_due = redis.call("ZRANGE", prefix .. "delayed", 0, 0, "WITHSCORES")[2]
  redis.call("ZADD", prefix .. "marker", tonumber(next_due) / 0x1000, "1")
end

-- A parent that only waited for this child runs next, or has its place by its priority or its delay, as if the child had
-- completed. BullMQ's removal forgets both.
local function release(parent, of_4)
  local dependencies = parent .. ":dependencies"
  if redis.call("SREM", dependencies, job) == 0 then return end
  undoing("SADD", dependencies, job)
  if redis.call("SCARD", dependencies) > 0 then return end
  local one, prefix = names_of(parent)
  local score = redis.call("ZSCORE", prefix .. "waiting-children", one)
  if not score then return end
  take_from_set(prefix .. "waiting-children", one, score)
  local kept = redis.call("HMGET", parent, "priority", "delay")
  local priority, delay = tonumber(kept[1] or "") or 0, tonumber(kept[2] or "") or 0
  if delay > 0 then return delay_parent(prefix, one, delay, of_4) end
  local of_parent = prefix .. "meta"
  local is_paused = redis.call("HEXISTS", of_parent, "paused") == 1
  if priority > 0 then
    redis.call("ZADD", prefix .. "prioritized", priority_score(priority, prefix .. "pc"), one)
    undoing("ZREM", prefix .. "prioritized", one)
    -- BullMQ 4 wakes its workers for such a job by a marker in an empty list.
    if of_4 and not is_paused and redis.call("LLEN", prefix .. "wait") == 0 then push(prefix .. "wait", "0:0") end
  else
    push(list_to_join(bull_major(of_parent), is_paused, prefix .. "wait", prefix .. "paused"), one, true)
  end
  tell(prefix .. "events", nil, "event", "waiting", "jobId", one, "prev", "waiting-children")
  if not of_4 and not is_paused and not is_full(of_parent, prefix .. "active") then
    redis.call("ZADD", prefix .. "marker", 0, "0")
  end
end

-- While this key names the job, BullMQ 5 and 6 refuse other jobs with its deduplication id.
local function let_others_in(prefix, one, deduplication)
  local key = prefix .. "de:" .. deduplication
  if redis.call("GET", key) == one then redis.call("DEL", key, prefix .. "dn:" .. deduplication) end
end

-- Deletes everything of a job but its place.
local function delete_job(key, of_4)
  local keys = {key, key .. ":logs", key .. ":dependencies", key .. ":processed"}
  if not of_4 then
    keys[#keys + 1] = key .. ":failed"
    keys[#keys + 1] = key .. ":unsuccessful"
  end
  redis.call("DEL", unpack(keys))
end
