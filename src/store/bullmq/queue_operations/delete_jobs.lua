-- Deletes some jobs of one state of a queue, as a piece of a run. Follows records/runs/step.lua, operations/enqueue.lua and
-- operations/all_or_nothing.lua.
--
-- BullMQ's own drain, clean and obliterate delete a parent in the same queue with its last child, and free one in another queue
-- without an event, its priority and delay ignored. Here no parent is deleted for its child: it is put in line where its
-- priority and delay say, with the event. Unlike BullMQ 4, the next job of a scheduler stays, since its schedule would end.
--
-- KEYS  1 the run   2 its lease   3 meta   4 events   5 repeat   6 active   7 the list or set of the state
--       8 what the queue's keys begin with
--       and, of a child, what its `parentKey` names, in the same slot because BullMQ itself needs it there.
-- ARGV  1 the lease's token   2 how long to keep it, in ms   3 now, in ms   4 the state, as events name it
--       5 the last moment of jobs that are old enough, in ms, '' for all   6 '1' to keep jobs of flows
--       7 '1' to keep what is locked, and the next jobs of schedulers   8 '1' to tell how many were cleaned
--       9 '' always, 'paused' only while the queue is paused and has no active jobs, 'forced' only while it is paused
--       10… the jobs' ids
-- Returns {OK, what became of each job, then the ids of this queue's parents that were put in line}, or one of the others alone with nothing changed.
local OK, HALTED, NOT_PAUSED, HAS_ACTIVE = 1, -10, -20, -21
local DELETED, NOT_THERE, YOUNG, LOCKED, SCHEDULED, OF_FLOW, REFUSED = 1, 0, 2, 3, 4, 5, 6

local run, lease, meta, events, schedulers, active, place, base = unpack(KEYS)
local token, lease_kept, now, state, latest = unpack(ARGV, 1, 5)
local keeps_flows, keeps_held, tells = ARGV[6] == "1", ARGV[7] == "1", ARGV[8] == "1"
latest = tonumber(latest)

if not run_is_held(run, lease, token) then return {HALTED} end
if ARGV[9] ~= "" then
  if redis.call("HEXISTS", meta, "paused") == 0 then return {NOT_PAUSED} end
  if ARGV[9] == "paused" and redis.call("LLEN", active) > 0 then return {HAS_ACTIVE} end
end

local is_list = redis.call("TYPE", place).ok == "list"
local is_finished = state == "completed" or state == "failed"

-- The first is refused when Redis is out of memory. None changes anything; without the right to run one, nothing is done.
redis.call("ZADD", schedulers, "XX", 0, "")
if is_list then redis.call("LREM", place, 1, "") else redis.call("ZREM", place, "") end
redis.call("UNLINK", base .. "de:")
redis.call("XDEL", events, "0-1")

local function is_there(id)
  if is_list then return redis.call("LPOS", place, id, "RANK", -1) end
  return redis.call("ZSCORE", place, id)
end

-- When it ended or was tried last or was added.
local function moment_of(id, fields)
  if is_finished then return tonumber(redis.call("ZSCORE", place, id) or "") end
  return tonumber(fields[4] or fields[3] or fields[2] or "")
end

local function is_next_of_scheduler(id, scheduler)
  local due = scheduler and redis.call("ZSCORE", schedulers, scheduler)
  return due and string.sub(id, 1, 7) == "repeat:" and string.sub(id, -#due - 1) == ":" .. due
end

-- The parent that waits for the job, if any does.
local function waiting_parent(job, parent)
  if not parent or parent == "" or redis.call("EXISTS", parent) == 0 then return nil end
  return redis.call("SISMEMBER", parent .. ":dependencies", job) == 1 and parent or nil
end

local function has_children(job)
  return redis.call("EXISTS", job .. ":dependencies", job .. ":processed", job .. ":failed", job .. ":unsuccessful") > 0
end

-- The parent's id and the prefix of its queue's keys. `parent` names both; `parentKey` alone can't say where the id begins.
local function names_of(job, parent)
  local decoded, named = pcall(cjson.decode, redis.call("HGET", job, "parent") or "")
  if decoded and type(named) == "table" and type(named.id) == "string" and type(named.queueKey) == "string"
    and named.queueKey .. ":" .. named.id == parent then
    return named.id, named.queueKey .. ":"
  end
  local one = string.match(parent, ".*:(.*)")
  return one, string.sub(parent, 1, #parent - #one)
end

local function add_to_set(set, score, one)
  redis.call("ZADD", set, score, one)
  undoing("ZREM", set, one)
end

-- Puts a parent in line whose last child goes, as BullMQ does when its last child completes.
local function put_in_line(parent, one, prefix)
  local its_meta, its_wait, its_marker = prefix .. "meta", prefix .. "wait", prefix .. "marker"
  local fields = redis.call("HMGET", parent, "priority", "delay")
  local priority, delay = tonumber(fields[1] or "") or 0, tonumber(fields[2] or "") or 0
  local version = bull_major(its_meta)
  local paused = redis.call("HEXISTS", its_meta, "paused") == 1
  if delay > 0 then
    local due = tonumber(now) + delay
    tell(prefix .. "events", nil, "event", "delayed", "jobId", one, "delay", string.format("%.0f", due))
    add_to_set(prefix .. "delayed", string.format("%.0f", due * 0x1000), one)
    local first = redis.call("ZRANGE", prefix .. "delayed", 0, 0, "WITHSCORES")
    if version >= 5 then redis.call("ZADD", its_marker, tonumber(first[2]) / 0x1000, "1") end
    return
  end
  tell(prefix .. "events", nil, "event", "waiting", "jobId", one, "prev", "waiting-children")
  if priority > 0 then
    add_to_set(prefix .. "prioritized", priority_score(priority, prefix .. "pc"), one)
    if version < 5 and not paused and redis.call("LLEN", its_wait) == 0 then push(its_wait, "0:0") end
  else
    push(list_to_join(version, paused, its_wait, prefix .. "paused"), one, true)
  end
  if version >= 5 and not paused and not is_full(its_meta, prefix .. "active") then
    redis.call("ZADD", its_marker, 0, "0")
  end
end

-- The parents in this queue that were put in line. What deletes all that waits has to leave them.
local freed = {}

local function release(job, parent)
  redis.call("SREM", parent .. ":dependencies", job)
  undoing("SADD", parent .. ":dependencies", job)
  if redis.call("SCARD", parent .. ":dependencies") > 0 then return end
  local one, prefix = names_of(job, parent)
  local score = redis.call("ZSCORE", prefix .. "waiting-children", one)
  if not score then return end
  take_from_set(prefix .. "waiting-children", one, score)
  put_in_line(parent, one, prefix)
  if prefix == base then freed[#freed + 1] = one end
end

-- While its key names the job, BullMQ 5 and 6 refuse other jobs with its deduplication id.
local function let_others_in(id, deduplication)
  local key = base .. "de:" .. deduplication
  if redis.call("GET", key) == id then redis.call("UNLINK", key, base .. "dn:" .. deduplication) end
end

local function delete(id)
  local job = base .. id
  local fields = redis.call("HMGET", job, "parentKey", "timestamp", "processedOn", "finishedOn", "rjk", "deid")
  local moment = latest and moment_of(id, fields)
  if moment and moment > latest then return YOUNG end
  if keeps_held then
    if redis.call("EXISTS", job .. ":lock") == 1 then return LOCKED end
    if is_next_of_scheduler(id, fields[5]) then return SCHEDULED end
  end
  local parent = waiting_parent(job, fields[1])
  if keeps_flows and (parent or has_children(job)) then return OF_FLOW end
  if parent then
    if not is_there(id) then return NOT_THERE end
    undo = {}
    if all_or_nothing(function() release(job, parent) end) then return REFUSED end
  end
  -- From here on nothing may be refused.
  local gone = is_list and redis.call("LREM", place, -1, id) or not is_list and redis.call("ZREM", place, id)
  if gone == 0 then return NOT_THERE end
  if fields[6] then let_others_in(id, fields[6]) end
  redis.call("UNLINK", job, job .. ":logs", job .. ":dependencies", job .. ":processed", job .. ":failed",
    job .. ":unsuccessful", job .. ":lock")
  return DELETED
end

local answer, deleted = {OK}, 0
for i = 10, #ARGV do
  local fine, became = pcall(delete, ARGV[i])
  if not fine then became = REFUSED end
  answer[#answer + 1] = became
  if became == DELETED then deleted = deleted + 1 end
end
if tells and deleted > 0 then redis.call("XADD", events, "*", "event", "cleaned", "count", deleted) end
run_did(run, lease, deleted, now, lease_kept)
for _, one in ipairs(freed) do answer[#answer + 1] = one end
return answer
