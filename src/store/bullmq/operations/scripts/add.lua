-- Adds one job to a queue kept by BullMQ 4, 5 or 6, and writes its audit entry. It leaves in Redis what that BullMQ's own
-- `queue.add()` leaves (4.18, 5.81 and 6.7), with these exceptions: where BullMQ would silently ignore the job, since its id or
-- its deduplication id is taken, nothing is changed and the answer says so; a counted id that is taken already is skipped, where
-- BullMQ would overwrite that job; a parent has to wait for its children; and if different majors paused and resumed the queue
-- in turns, the job goes where the fewest resumes lose it.
-- Follows operation.lua, whose keys are those of the job that is to be: its own id, if it has one, follows the first and the
-- eighteenth key, and the twelfth is what all of the queue's keys begin with.
--
-- Parameters: now, in ms; the job's name; its data; its options as JSON, a list of pairs in the order in which a program would
-- give them; its own id, "" to have one counted; "1" if the options were checked for BullMQ 4, "0" if for a later one.
-- Returns a list of texts: "added" and the job's id and state; "no-queue"; "taken"; "deduplicated" and the other job's id;
-- "no-parent"; "parent-not-waiting"; "other-version".
local timestamp, name, data, own_id = tonumber(parameters[1]), parameters[2], parameters[3], parameters[5]
local base, counter = beside, beside .. "id"

if redis.call("HEXISTS", meta, "version") == 0 and redis.call("HEXISTS", meta, "opts.maxLenEvents") == 0 then
  return {"no-queue"}
end
if own_id ~= "" and redis.call("EXISTS", job) == 1 then return {"taken"} end
local line = place_in_line()
if (parameters[6] == "1") ~= line.of_4 then return {"other-version"} end

local given, names = {}, {}
for _, pair in ipairs(cjson.decode(parameters[4])) do
  names[#names + 1] = pair[1]
  given[pair[1]] = pair[2]
end

-- The next id that is counted, and by how much the counter goes up.
local SKIPPED_AT_MOST = 1000
local function next_id()
  local counted = tonumber(redis.call("GET", counter) or "0")
  for step = 1, SKIPPED_AT_MOST do
    local next = string.format("%.0f", counted + step)
    if redis.call("EXISTS", base .. next) == 0 then return next, step end
  end
end
local steps_counted = 1
if own_id ~= "" then
  id = own_id
else
  id, steps_counted = next_id()
  if not id then return {"taken"} end
  job, audit_of_job = job .. id, audit_of_job .. id
end

local parent, parent_key, dependencies = given.parent, nil, nil
if parent then
  parent_key = parent.queue .. ":" .. parent.id
  dependencies = parent_key .. ":dependencies"
  if redis.call("EXISTS", parent_key) == 0 then return {"no-parent"} end
  if not redis.call("ZSCORE", parent.queue .. ":waiting-children", parent.id) then return {"parent-not-waiting"} end
end

-- The key that keeps other jobs of this deduplication id out, and what it holds. BullMQ 6 passes over one that is for ever
-- and names a job that is gone.
local deduplication = given.deduplication
local held_by, stale_next
local holder = deduplication and base .. "de:" .. deduplication.id
if holder then
  held_by = redis.call("GET", holder)
  local is_stale = held_by and bull_major(meta) >= 6 and redis.call("PTTL", holder) == -1
    and redis.call("EXISTS", base .. held_by) == 0
  if held_by and not is_stale then return {"deduplicated", held_by} end
  stale_next = is_stale and base .. "dn:" .. deduplication.id
end

-- The options as BullMQ stores them. The order in which Lua writes a table depends on how it was filled, so it is filled as
-- BullMQ fills it: BullMQ 4 also with the options that are not given, which it sets to nil.
local SHORT = {
  failParentOnFailure = "fpof", removeDependencyOnFailure = "rdof", ignoreDependencyOnFailure = "idof",
  continueParentOnFailure = "cpof", deduplication = "de",
}
local function stored_options()
  local options = {}
  options["attempts"] = given.attempts or 0
  if line.of_4 then options["delay"] = given.delay or 0 end
  for _, key in ipairs(names) do options[SHORT[key] or key] = given[key] end
  if line.of_4 then
    if not given.jobId then options["jobId"] = nil end
    if not given.backoff then options["backoff"] = nil end
  end
  return cjson.encode(options)
end
local function stored_parent()
  local stored = {}
  stored["id"] = parent.id
  stored["queueKey"] = parent.queue
  if line.of_4 then
    stored["fpof"] = given.failParentOnFailure
    stored["rdof"] = given.removeDependencyOnFailure
  else
    if given.failParentOnFailure then stored["fpof"] = true end
    if given.removeDependencyOnFailure then stored["rdof"] = true end
    if given.ignoreDependencyOnFailure then stored["idof"] = true end
    if given.continueParentOnFailure then stored["cpof"] = true end
  end
  return cjson.encode(stored)
end

local delay, priority = given.delay or 0, given.priority or 0
local state = delay > 0 and "delayed" or priority > 0 and "prioritized" or line.target == paused and "paused" or "waiting"
for _, text in ipairs({"job", id, "state", state}) do entry[#entry + 1] = text end
local kept, set_default_kept = events_kept()
local was_counted = redis.call("EXISTS", counter) == 1
local counted

local function store()
  local fields = {
    "name", name, "data", data, "opts", stored_options(), "timestamp", timestamp, "delay", delay, "priority", priority,
  }
  local function also(field, value) fields[#fields + 1], fields[#fields + 2] = field, value end
  if parent then
    also("parentKey", parent_key)
    also("parent", stored_parent())
  end
  if deduplication then also("deid", deduplication.id) end
  redis.call("HSET", job, unpack(fields))
  undoing("DEL", job)
  tell(events, nil, "event", "added", "jobId", id, "name", name)
end

local function first_delayed() return tonumber(redis.call("ZRANGE", delayed, 0, 0, "WITHSCORES")[2]) / 0x1000 end

-- BullMQ 4 keeps a marker for the next delayed job in an otherwise empty list.
local function mark_delayed_for_4()
  local length, next = redis.call("LLEN", line.target), first_delayed()
  if length == 0 then return push(line.target, "0:" .. next) end
  local first = length == 1 and redis.call("LINDEX", line.target, 0)
  local marked = first and tonumber(string.sub(first, 3))
  if not marked or marked <= next then return end
  redis.call("LSET", line.target, 0, "0:" .. next)
  undoing("LSET", line.target, 0, first)
end

local function wait_until_due()
  local due, score = timestamp + delay, nil
  if line.of_4 then
    score = due * 0x1000 + bit.band(counted, 0xfff)
  else
    local least, most = due * 0x1000, (due + 1) * 0x1000 - 1
    local last = tonumber(redis.call("ZREVRANGEBYSCORE", delayed, most, least, "WITHSCORES", "LIMIT", 0, 1)[2] or "")
    score = last and math.min(last + 1, most) or least
  end
  redis.call("ZADD", delayed, score, id)
  undoing("ZREM", delayed, id)
  tell(events, kept, "event", "delayed", "jobId", id, "delay", due)
  if line.of_4 then return mark_delayed_for_4() end
  redis.call("ZADD", marker, first_delayed(), "1")
end

local function join()
  if priority > 0 then
    redis.call("ZADD", prioritized, priority_score(priority, pc), id)
    undoing("ZREM", prioritized, id)
    if line.of_4 and not line.is_paused and redis.call("LLEN", wait) == 0 then push(wait, "0:0") end
  else
    push(line.target, id, given.lifo)
  end
  tell(events, kept, "event", "waiting", "jobId", id)
  if not line.of_4 and line.wakes then redis.call("ZADD", marker, 0, "0") end
end

local function claim_deduplication_id()
  if stale_next then redis.call("DEL", stale_next) end
  local ttl = deduplication.ttl
  redis.call("SET", holder, id, unpack(ttl and ttl > 0 and {"PX", ttl} or {}))
  if held_by then undoing("SET", holder, held_by) else undoing("DEL", holder) end
end

local refused = operate({
  {"ZADD", delayed, "XX", 0, ""},
  {"DEL", job},
  was_counted and {"INCRBY", counter, 0} or {"DEL", counter},
  {"LLEN", line.target},
  {"ZREM", delayed, ""},
  {"ZREM", prioritized, ""},
}, function()
  if dependencies then redis.call("SREM", dependencies, "") end
  counted = redis.call("INCRBY", counter, steps_counted)
  if was_counted then undoing("INCRBY", counter, -steps_counted) else undoing("DEL", counter) end
  set_default_kept()
  if deduplication then claim_deduplication_id() end
  store()
  if dependencies then
    redis.call("SADD", dependencies, job)
    undoing("SREM", dependencies, job)
  end
  if delay > 0 then wait_until_due() else join() end
end)
return refused or {"added", id, state}
