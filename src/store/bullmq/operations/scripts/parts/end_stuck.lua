-- Ends an active job that no worker holds any more. It leaves in Redis what that BullMQ's own moveToFinished leaves (4.18, 5.81 and
-- 6.7) when it is told to ask for no lock, with four differences. A job whose lock is there is refused. What its options say of
-- how many ended jobs are kept, and for how long, is left to the next job that a worker ends: only the job itself is removed, where
-- they say that none is kept. A parent that waited for such a job alone keeps its priority and its delay. If the job took the last
-- place that the queue's limit leaves, a worker is woken for the next one.
-- A worker's own options are not known here: what it keeps, and how many points its metrics have. Metrics that the queue has
-- count the job.
-- Follows operation.lua, release.lua, ownership.lua, removal.lua and tell_parent.lua.
--
-- Parameters: the result or the reason; then the SHA-1 of the data that the entry keeps, in hex, or `none` where the job has
-- no data, or `stays` where the entry keeps none because the job stays; then the key of the parent that the entry names, '' for
-- none.
-- Returns 1 (it is kept), 3 (it was removed), GONE, WRONG_STATE, LOCKED, CHANGED, HAS_CHILDREN where its children have to end
-- before, NEXT_WAITS where a job waits that only a worker adds, or SCHEDULED where its worker was lost before it made the
-- scheduler's next job: only another worker that takes this job makes it.
local HAS_CHILDREN, NEXT_WAITS = -4, -12

local function stored_options()
  local decoded, opts = pcall(cjson.decode, redis.call("HGET", job, "opts") or "")
  return decoded and type(opts) == "table" and opts or {}
end

-- Whether a rule on how many ended jobs are kept keeps none.
local function keeps_none(rule)
  return rule == true or rule == 0 or type(rule) == "table" and rule.count == 0
end

local function needs_its_children(fails, of_4)
  if (of_4 or not fails) and redis.call("SCARD", job .. ":dependencies") > 0 then return true end
  return not of_4 and not fails and redis.call("ZCARD", job .. ":unsuccessful") > 0
end

-- Ends the job in `ended.set`, with its value in `ended.field`.
local function end_stuck(ended)
  if redis.call("EXISTS", job) == 0 then return GONE end
  if not redis.call("LPOS", active, id) then return WRONG_STATE end
  if redis.call("EXISTS", lock) == 1 then return LOCKED end

  local prefix, fails, value = string.sub(job, 1, #job - #id), ended.name == "failed", parameters[1]
  if is_next_of_scheduler(prefix, id) then return SCHEDULED end
  local version, told = bull_major(meta)
  local of_4 = is_of_4(version, told)
  local opts = stored_options()
  local goes = keeps_none(opts[ended.rule])
  local deduplication = not of_4 and redis.call("HGET", job, "deid")
  if needs_its_children(fails, of_4) then return HAS_CHILDREN end
  if deduplication and redis.call("EXISTS", prefix .. "dn:" .. deduplication) == 1 then return NEXT_WAITS end
  if goes and is_other(job, parameters[2]) then return CHANGED end
  local parent = named_parent()
  if parameters[3] ~= (parent and parent.key or "") then return CHANGED end

  -- BullMQ leaves a deduplication key that expires by itself.
  local frees = deduplication and held_deduplication(prefix, id) and redis.call("PTTL", prefix .. "de:" .. deduplication) == -1
  local has_trace = redis.call("HEXISTS", job, "stacktrace") == 1

  local kept, set_default_kept = events_kept()
  local time = redis.call("TIME")
  local ended_at = string.format("%.0f", time[1] * 1000 + math.floor(time[2] / 1000))
  local was_full = redis.call("HEXISTS", meta, "concurrency") == 1 and is_full(meta, active)

  local function tell_parent()
    if not fails then
      tell_of_result(parent, value, of_4)
    elseif of_4 then
      tell_of_failure_in_4(parent, opts, ended_at)
    else
      tell_of_failure(parent, value, ended_at)
    end
    if goes then release(job, parent.key, of_4) end
  end

  -- BullMQ 4 counts an attempt when it begins, the others when it ends.
  local function attempts_made()
    if of_4 then return tonumber(redis.call("HGET", job, "attemptsMade") or "") or 0 end
    local made = (tonumber(redis.call("HGET", job, "atm") or "") or 0) + 1
    set_in(job, "atm", made)
    return made
  end

  local function tell_end(made)
    if of_4 then
      tell(events, kept, "event", ended.name, "jobId", id, ended.field, value)
    else
      tell(events, kept, "event", ended.name, "jobId", id, ended.field, value, "prev", "active")
    end
    if fails and made >= (tonumber(opts.attempts) or 0) then
      tell(events, nil, "event", "retries-exhausted", "jobId", id, "attemptsMade", made)
    end
    if redis.call("LLEN", wait) == 0 and redis.call("LLEN", active) <= 1 and redis.call("ZCARD", prioritized) == 0 then
      tell(events, nil, "event", "drained")
    end
  end

  local function keep_end()
    local fields = {ended.field, value, "finishedOn", ended_at}
    if fails and not has_trace then
      fields[5], fields[6] = "stacktrace", "[]"
    end
    redis.call("HSET", job, unpack(fields))
    if fails and not of_4 then redis.call("HDEL", job, "defa") end
  end

  -- A worker that is woken in vain asks once and waits again.
  local function wake_next()
    if of_4 or not was_full or redis.call("HEXISTS", meta, "paused") == 1 then return end
    if redis.call("LLEN", wait) + redis.call("ZCARD", prioritized) > 0 then redis.call("ZADD", marker, 0, "0") end
  end

  local refused = operate({
    {"ZADD", completed, "XX", 0, ""},
    {"ZREM", ended.set, ""},
    {"LREM", active, 1, ""},
    -- The lock does not exist: see above.
    {"DEL", lock},
    {"UNLINK", lock},
    {"HDEL", lock, "defa"},
  }, function()
    if parent then tell_parent() end
    tell_end(attempts_made())
    if not goes then
      redis.call("ZADD", ended.set, ended_at, id)
      undoing("ZREM", ended.set, id)
    end
    if not of_4 then set_default_kept() end
    wake_next()
    -- From here on nothing may be refused.
    if goes then delete_job(job, of_4) else keep_end() end
    redis.call("LREM", active, -1, id)
    if frees then redis.call("DEL", prefix .. "de:" .. deduplication) end
    local metrics = prefix .. "metrics:" .. ended.name
    if redis.pcall("HEXISTS", metrics, "prevTS") == 1 then redis.pcall("HINCRBY", metrics, "count", 1) end
  end)
  return refused or (goes and 3 or 1)
end
