-- Removes one job of a queue kept by BullMQ 4, 5 or 6, with everything of its own: logs, results of its children, its
-- deduplication key. It leaves in Redis what that BullMQ's own `queue.remove(id, {removeChildren: false})` leaves (4.18,
-- 5.81 and 6.7). Unlike BullMQ, it refuses an active job, a job that waits for its children, and the next job of a
-- scheduler, whose schedule would end with it in BullMQ 4. Children that have finished stay.
-- Follows operation.lua.
--
-- Parameters: the SHA-1 of the data that the entry keeps, in hex; `none` where the entry keeps none, since the job
-- has none or was not there to be read.
-- Returns 1, GONE, WRONG_STATE, LOCKED, SCHEDULED, or CHANGED where the data is other by now.
local digest = parameters[1]

-- The state the job is in, as events name it, and its score there; nil if it is in none that it may be removed from.
local function stands()
  for _, state in ipairs({{"completed", completed}, {"delayed", delayed}, {"failed", failed}, {"prioritized", prioritized}}) do
    local score = redis.call("ZSCORE", state[2], id)
    if score then return {name = state[1], set = state[2], score = score} end
  end
  for _, state in ipairs({{"wait", wait}, {"paused", paused}}) do
    if redis.call("LPOS", state[2], id, "RANK", -1) then return {name = state[1], list = state[2]} end
  end
end

-- Whether it is the delayed job that its scheduler continues from.
local function is_next_of_scheduler()
  local scheduler = redis.call("HGET", job, "rjk")
  local due = scheduler and redis.call("ZSCORE", schedulers, scheduler)
  -- BullMQ 4 has a digest in place of the scheduler's name.
  return due and string.sub(id, 1, 7) == "repeat:" and string.sub(id, -#due - 1) == ":" .. due
end

local function is_other()
  local stored = redis.call("HGET", job, "data")
  return (stored and redis.sha1hex(stored) or "none") ~= digest
end

if redis.call("EXISTS", job) == 0 then return GONE end
if redis.call("EXISTS", lock) == 1 then return LOCKED end
local from = stands()
if not from then return WRONG_STATE end
if is_next_of_scheduler() then return SCHEDULED end
if is_other() then return CHANGED end

local version, told = bull_major(meta)
local of_4 = is_of_4(version, told)
local kept, set_default_kept = events_kept()
local deduplication = redis.call("HGET", job, "deid")

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

-- A parent that only waited for this child becomes the next job that workers take.
local function release(parent)
  local dependencies = parent .. ":dependencies"
  if redis.call("SREM", dependencies, job) == 0 then return end
  undoing("SADD", dependencies, job)
  if redis.call("SCARD", dependencies) > 0 then return end
  local one, prefix = names_of(parent)
  local score = redis.call("ZSCORE", prefix .. "waiting-children", one)
  if not score then return end
  take_from_set(prefix .. "waiting-children", one, score)
  local of_parent = prefix .. "meta"
  local is_paused = redis.call("HEXISTS", of_parent, "paused") == 1
  push(list_to_join(bull_major(of_parent), is_paused, prefix .. "wait", prefix .. "paused"), one, true)
  tell(prefix .. "events", nil, "event", "waiting", "jobId", one, "prev", "waiting-children")
  if not of_4 and not is_paused and not is_full(of_parent, prefix .. "active") then
    redis.call("ZADD", prefix .. "marker", 0, "0")
  end
end

-- While this key names the job, BullMQ 5 and 6 refuse other jobs with its deduplication id.
local function let_others_in()
  local prefix = string.sub(job, 1, #job - #id)
  local key = prefix .. "de:" .. deduplication
  if redis.call("GET", key) ~= id then return end
  redis.call("DEL", key, prefix .. "dn:" .. deduplication)
end

local refused = operate({
  {"ZADD", completed, "XX", 0, ""},
  from.set and {"ZREM", from.set, ""} or {"LREM", from.list, 1, ""},
  -- The lock does not exist: see above.
  {"DEL", lock},
}, function()
  tell(events, kept, "event", "removed", "jobId", id, "prev", from.name)
  local parent = parent_key()
  if parent then release(parent) end
  if not of_4 then set_default_kept() end
  -- From here on nothing may be refused: taking it back could not restore its place.
  if from.set then redis.call("ZREM", from.set, id) else redis.call("LREM", from.list, -1, id) end
  if not of_4 and deduplication then let_others_in() end
  local keys = {job, beside .. "logs", beside .. "dependencies", beside .. "processed"}
  if not of_4 then
    keys[#keys + 1] = beside .. "failed"
    keys[#keys + 1] = beside .. "unsuccessful"
  end
  redis.call("DEL", unpack(keys))
end)
return refused or 1
