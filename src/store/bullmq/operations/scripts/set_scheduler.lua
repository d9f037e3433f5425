-- Creates or changes a scheduler of a queue kept by BullMQ 5 or 6, makes its next job, and writes the audit entry. It leaves in
-- Redis what that BullMQ's own `queue.upsertJobScheduler()` leaves (5.81 and 6.7), with these exceptions:
-- - A new scheduler never replaces one, and one that was changed since the person saw it stays as it is. So does one whose next
--   job was edited since.
-- - The next job is replaced wherever it waits. BullMQ 6 does not find it in a paused queue, and adds another.
-- - If a pattern, its zone and its start stay as they are, so does the time of the next run. BullMQ leaves out a run that is due
--   and that no worker took yet.
-- - If an interval's start changes, so does the next run.
-- - A finished job that has the next job's id stays as it is, and a pattern goes on to its next run. BullMQ overwrites that job.
-- Follows scheduler_revision.lua, edited_next_job.lua, enqueue.lua and all_or_nothing.lua.
--
-- KEYS  1 meta   2 events   3 wait   4 paused   5 active   6 delayed   7 prioritized   8 marker   9 id   10 pc
--       11 repeat   12 repeat:<id>   13 what the queue's keys begin with   14 the audit stream
--       15 where a large change is kept beside its entry
-- ARGV  1 the scheduler's id   2 the revision that the person saw, '' to create one
--       3 the SHA-1 of the next job's data that the person saw and the entry keeps, in hex; '' if it is the template's
--       4 now, in ms   5 the plan, as JSON   6 the data of its jobs   7 how long to keep a large change, in ms, 0 for ever
--       8 n, and n fields and values that are kept beside the entry   then the entry's fields and values
-- The plan: `name`; `fields`, `template` and `repeat`, each a list of pairs in the order in which BullMQ fills them in (a pair
-- without a value is one that BullMQ sets to nil); `every` and `start` of an interval, or `runs`, the next runs of a pattern;
-- `stays`, whether the pattern is the one that is stored; `ends`.
-- Returns a list of texts: "set", the next job's id and the time it is due; "no-queue"; "not-in-4"; "taken"; "gone"; "stale";
-- "busy": there are jobs in all the places of its next runs.
local meta, events, wait, paused, active, delayed, prioritized, marker, counter, pc, schedulers, stored, base, audit,
  audit_change = unpack(KEYS)
local id, seen, seen_job, now, plan = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), cjson.decode(ARGV[5])
local data, change_kept = ARGV[6], ARGV[7]
local kept_beside, entry = {}, {}
local last_beside = 8 + tonumber(ARGV[8])
for i = 9, last_beside do kept_beside[#kept_beside + 1] = ARGV[i] end
for i = last_beside + 1, #ARGV do entry[#entry + 1] = ARGV[i] end

-- A `meta` that states neither is no queue's (store/bullmq/discovery.rs), and must not become one.
local stated = redis.call("HMGET", meta, "opts.maxLenEvents", "version")
if not stated[1] and not stated[2] then return {"no-queue"} end
local version = bull_major(meta)
if version < 5 then return {"not-in-4"} end

local due = redis.call("ZSCORE", schedulers, id)
if seen == "" then
  if due or redis.call("EXISTS", stored) == 1 then return {"taken"} end
else
  if not due then return {"gone"} end
  if scheduler_revision(stored) ~= seen then return {"stale"} end
end
local before = redis.call("HMGET", stored, "every", "startDate", "offset", "ic")

-- The job that it made last, if that still waits: it is replaced. `take_out` takes it out of where it waits.
local job_id = "repeat:" .. id .. ":"
local replaced, take_out
local function find_replaced()
  local last = job_id .. due
  if redis.call("EXISTS", base .. last) == 0 then return end
  for _, set in ipairs({delayed, prioritized}) do
    local score = redis.call("ZSCORE", set, last)
    if score then
      replaced, take_out = last, function() take_from_set(set, last, score) end
      return
    end
  end
  for _, list in ipairs({wait, paused}) do
    if redis.call("LPOS", list, last) then
      replaced, take_out = last, function()
        redis.call("LREM", list, 1, last)
        undoing("LPUSH", list, last)
      end
      return
    end
  end
end
if due then find_replaced() end
if replaced and is_edited_unseen(stored, base .. replaced, seen_job) then return {"stale"} end

-- When the interval's next job is due, and by how much it is shifted.
local function next_of_interval(last)
  local every, start, next = plan.every, plan.start, nil
  if not last then
    next = start and start > now and start or now
  else
    next = last + every
    if next < now then
      next = math.floor(now / every) * every
      if next <= now then next = next + every end
    end
  end
  return math.floor(next), math.floor(next - math.floor(next / every) * every)
end

local PLACES = 32
local function is_taken(at)
  local one = job_id .. string.format("%.0f", at)
  return one ~= replaced and redis.call("EXISTS", base .. one) == 1
end
-- The time of the next run, and the offset to store; nothing if all places are taken.
local function next_run()
  if not plan.every then
    local last, shift = tonumber(due or ""), 0
    if replaced then shift = before[3] end
    if plan.stays and replaced and not (plan.ends and last > plan.ends) then return last, shift end
    for _, at in ipairs(plan.runs) do
      if not is_taken(at) then return at, shift end
    end
    return
  end
  local is_same = tonumber(before[1] or "") == plan.every and tonumber(before[2] or "") == plan.start
  local at, offset = next_of_interval(is_same and tonumber(due or "") or nil)
  if replaced then
    offset = before[3]
    if is_same then at = tonumber(due) end
  end
  for _ = 0, PLACES do
    if not is_taken(at) then return at, offset end
    at = at + plan.every
  end
end
local at, offset = next_run()
if not at then return {"busy"} end
local delay = math.max(at - now, 0)
job_id = job_id .. string.format("%.0f", at)
local job = base .. job_id

-- The order in which Lua writes a table depends on how it was filled, so it is filled as BullMQ fills it.
local function filled(pairs_of)
  local table_of = {}
  for _, pair in ipairs(pairs_of) do table_of[pair[1]] = pair[2] end
  return table_of
end
local function job_options()
  local options = filled(plan.template)
  options["repeat"] = filled(plan["repeat"])
  options["jobId"] = job_id
  options["delay"] = delay
  options["timestamp"] = now
  if not plan.every then options["prevMillis"] = at end
  options["repeatJobKey"] = id
  return options
end
local options = job_options()
local priority = options["priority"] or 0

local function store_scheduler()
  local whole = redis.call("HGETALL", stored)
  local fields = {"name", plan.name}
  local function also(field, value) fields[#fields + 1], fields[#fields + 2] = field, value end
  for _, pair in ipairs(plan.fields) do also(pair[1], pair[2]) end
  if offset then also("offset", tonumber(offset)) end
  local template = cjson.encode(filled(plan.template))
  if template ~= "{}" then also("opts", template) end
  if data ~= "{}" then also("data", data) end
  also("ic", before[4] or 1)
  redis.call("DEL", stored)
  if #whole > 0 then undoing("HSET", stored, unpack(whole)) end
  redis.call("HSET", stored, unpack(fields))
  undoing("DEL", stored)
  redis.call("ZADD", schedulers, at, id)
  if due then undoing("ZADD", schedulers, due, id) else undoing("ZREM", schedulers, id) end
end

local kept = tonumber(stated[1] or "") or 10000
local is_paused = redis.call("HEXISTS", meta, "paused") == 1
local function first_delayed() return tonumber(redis.call("ZRANGE", delayed, 0, 0, "WITHSCORES")[2]) / 0x1000 end
local function wait_until_due()
  local time = now + delay
  local least, most = time * 0x1000, (time + 1) * 0x1000 - 1
  local last = tonumber(redis.call("ZREVRANGEBYSCORE", delayed, most, least, "WITHSCORES", "LIMIT", 0, 1)[2] or "")
  redis.call("ZADD", delayed, last and math.min(last + 1, most) or least, job_id)
  undoing("ZREM", delayed, job_id)
  tell(events, kept, "event", "delayed", "jobId", job_id, "delay", time)
  redis.call("ZADD", marker, first_delayed(), "1")
end
local function join()
  if priority > 0 then
    redis.call("ZADD", prioritized, priority_score(priority, pc), job_id)
    undoing("ZREM", prioritized, job_id)
  else
    push(list_to_join(version, is_paused, wait, paused), job_id, options["lifo"])
  end
  tell(events, kept, "event", "waiting", "jobId", job_id)
  if not is_paused and not is_full(meta, active) then redis.call("ZADD", marker, 0, "0") end
end
local function make_next_job()
  local fields = {
    "name", plan.name, "data", data, "opts", cjson.encode(options), "timestamp", now, "delay", delay, "priority", priority,
    "rjk", id,
  }
  if options["de"] then fields[#fields + 1], fields[#fields + 2] = "deid", options["de"]["id"] end
  redis.call("HSET", job, unpack(fields))
  undoing("DEL", job)
  tell(events, nil, "event", "added", "jobId", job_id, "name", plan.name)
  if delay > 0 then wait_until_due() else join() end
end

-- Takes out the job that is replaced; what is beside it goes last, since that can't be taken back.
local deduplication
local function remove_replaced()
  local key = base .. replaced
  deduplication = redis.call("HGET", key, "deid")
  take_out()
  local whole = redis.call("HGETALL", key)
  redis.call("DEL", key)
  undoing("HSET", key, unpack(whole))
end
local function remove_beside_replaced()
  for _, suffix in ipairs({":logs", ":dependencies", ":processed", ":failed", ":unsuccessful"}) do
    redis.call("DEL", base .. replaced .. suffix)
  end
  if deduplication and redis.call("GET", base .. "de:" .. deduplication) == replaced then
    redis.call("DEL", base .. "de:" .. deduplication, base .. "dn:" .. deduplication)
  end
end

local function noting(words)
  for i = 1, #entry, 2 do
    if entry[i] == "note" then
      entry[i + 1] = entry[i + 1] .. "; " .. words
      return
    end
  end
  entry[#entry + 1], entry[#entry + 2] = "note", words
end
local function record()
  local words = "next job: " .. job_id
  if replaced and replaced ~= job_id then words = words .. ", instead of " .. replaced end
  noting(words)
  local stream_id = redis.call("XADD", audit, "*", unpack(entry))
  undoing("XDEL", audit, stream_id)
  if #kept_beside > 0 then
    redis.call("HSET", audit_change, unpack(kept_beside))
    undoing("DEL", audit_change)
  end
end

-- What taking back needs, in a form that changes nothing. Redis refuses the first when it is out of memory.
redis.call("ZADD", prioritized, "XX", 0, "")
for _, command in ipairs({
  {"XDEL", audit, "0-1"}, {"XDEL", events, "0-1"}, {"ZREM", schedulers, ""}, {"ZREM", delayed, ""}, {"LREM", wait, 1, ""},
  {"LREM", paused, 1, ""}, {"ZREM", marker, ""}, {"HDEL", stored, ""}, {"DEL", base .. "repeat:" .. id .. ":"},
}) do redis.call(unpack(command)) end
local was_counted = redis.call("EXISTS", counter) == 1
local refused = all_or_nothing(function()
  record()
  if not stated[1] then
    redis.call("HSET", meta, "opts.maxLenEvents", kept)
    undoing("HDEL", meta, "opts.maxLenEvents")
  end
  if replaced then remove_replaced() end
  store_scheduler()
  redis.call("INCR", counter)
  if was_counted then undoing("DECR", counter) else undoing("DEL", counter) end
  make_next_job()
  if replaced then remove_beside_replaced() end
end)
if refused then return refused end
if #kept_beside > 0 and change_kept ~= "0" then redis.pcall("PEXPIRE", audit_change, change_kept) end
return {"set", job_id, string.format("%.0f", at)}
