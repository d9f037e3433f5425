-- What a job's end means to its parent, as the moveToFinished of each BullMQ has it.
-- Follows operation.lua and release.lua.

-- The parent that the job names: its key, its id, the prefix of its queue's keys, and what it is told of failures.
local function named_parent()
  local decoded, named = pcall(cjson.decode, redis.call("HGET", job, "parent") or "")
  if decoded and type(named) == "table" and type(named.id) == "string" and type(named.queueKey) == "string" then
    return {key = named.queueKey .. ":" .. named.id, id = named.id, prefix = named.queueKey .. ":", told = named}
  end
  local parent = redis.call("HGET", job, "parentKey")
  if not parent or parent == "" then return nil end
  local one, prefix = names_of(job, parent)
  return {key = parent, id = one, prefix = prefix, told = {}}
end

local function set_in(hash, field, value)
  local before = redis.call("HGET", hash, field)
  redis.call("HSET", hash, field, value)
  if before then undoing("HSET", hash, field, before) else undoing("HDEL", hash, field) end
end

-- Whether the parent waited for the job, which it does no more.
local function waits_no_more(parent)
  if redis.call("SREM", parent.key .. ":dependencies", job) == 0 then return false end
  undoing("SADD", parent.key .. ":dependencies", job)
  return true
end

local function wake(parent, of_4)
  if redis.call("EXISTS", parent.key) == 1 then wake_parent(parent.key, parent.id, parent.prefix, of_4) end
end

local function wake_if_last(parent, of_4)
  if redis.call("SCARD", parent.key .. ":dependencies") == 0 then wake(parent, of_4) end
end

local function tell_of_result(parent, result, of_4)
  if not waits_no_more(parent) then return end
  set_in(parent.key .. ":processed", job, result)
  wake_if_last(parent, of_4)
end

-- BullMQ 4 fails the parent itself, and its parent if that is to fail with it.
local function fail_parents_of_4(parent, child, now)
  while parent do
    local score = redis.call("ZSCORE", parent.prefix .. "waiting-children", parent.id)
    if not score then return end
    take_from_set(parent.prefix .. "waiting-children", parent.id, score)
    redis.call("ZADD", parent.prefix .. "failed", now, parent.id)
    undoing("ZREM", parent.prefix .. "failed", parent.id)
    local reason = "child " .. child .. " failed"
    set_in(parent.key, "failedReason", reason)
    set_in(parent.key, "finishedOn", now)
    tell(parent.prefix .. "events", nil, "event", "failed", "jobId", parent.id, "failedReason", reason,
      "prev", "waiting-children")
    local decoded, named = pcall(cjson.decode, redis.call("HGET", parent.key, "parent") or "")
    if not decoded or type(named) ~= "table" or type(named.queueKey) ~= "string" then return end
    local above = {key = named.queueKey .. ":" .. named.id, id = named.id, prefix = named.queueKey .. ":"}
    if not named.fpof then
      if named.rdof and redis.call("SREM", above.key .. ":dependencies", parent.key) == 1 then
        undoing("SADD", above.key .. ":dependencies", parent.key)
        wake_if_last(above, true)
      end
      return
    end
    child, parent = parent.key, above
  end
end

-- BullMQ 5 and 6 put the parent in line, and the worker that takes it fails it.
local function defer_failure(parent)
  if redis.call("EXISTS", parent.key) == 0 then return end
  local reason = "child " .. job .. " failed"
  for _, set in ipairs({parent.prefix .. "waiting-children", parent.prefix .. "delayed"}) do
    local score = redis.call("ZSCORE", set, parent.id)
    if score then
      if set == parent.prefix .. "delayed" then set_in(parent.key, "delay", 0) end
      take_from_set(set, parent.id, score)
      set_in(parent.key, "defa", reason)
      return put_parent_in_line(parent.key, parent.id, parent.prefix, false)
    end
  end
  if not redis.call("ZSCORE", parent.prefix .. "failed", parent.id) then set_in(parent.key, "defa", reason) end
end

local function tell_of_failure_in_4(parent, opts, now)
  if opts.fpof or opts.failParentOnFailure then return fail_parents_of_4(parent, job, now) end
  if (opts.rdof or opts.removeDependencyOnFailure) and waits_no_more(parent) then wake_if_last(parent, true) end
end

local function tell_of_failure(parent, reason, now)
  local told = parent.told
  if not (told.fpof or told.cpof or told.idof or told.rdof) or not waits_no_more(parent) then return end
  if told.fpof then
    redis.call("ZADD", parent.key .. ":unsuccessful", now, job)
    undoing("ZREM", parent.key .. ":unsuccessful", job)
    defer_failure(parent)
  elseif told.cpof then
    set_in(parent.key .. ":failed", job, reason)
    wake(parent, false)
  else
    wake_if_last(parent, false)
    if told.idof then set_in(parent.key .. ":failed", job, reason) end
  end
end
