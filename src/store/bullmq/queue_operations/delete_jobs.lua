-- Deletes some jobs of one state of a queue, as a piece of a run. Follows records/runs/step.lua, and of
-- operations/scripts/parts enqueue.lua, all_or_nothing.lua, release.lua and ownership.lua.
--
-- BullMQ's own drain, clean and obliterate delete a parent in the same queue with its last child, and free one in another queue
-- without an event, its priority and delay ignored. Here no parent is deleted for its child: it is put in line where its
-- priority and delay say, with the event. Unlike BullMQ 4, the next job of a scheduler stays, since its schedule would end.
--
-- KEYS  1 the run   2 its lease   3 meta   4 events   5 repeat   6 active   7 the list or set of the state
--       8 what the queue's keys begin with   9 the set of the parents that the run put in line
--       and, of a child, what its `parentKey` names, in the same slot because BullMQ itself needs it there.
-- ARGV  1 the lease's token   2 how long to keep it, in ms   3 now, in ms   4 the state, as events name it
--       5 the last moment of jobs that are old enough, in ms, '' for all   6 '1' to keep jobs of flows
--       7 '1' to keep what is locked, and the next jobs of schedulers   8 '1' to tell how many were cleaned
--       9 '' always, 'paused' only while the queue is paused and has no active jobs, 'forced' only while it is paused
--       10 how many parents the run leaves that it put in line, '' to delete them as well   11… the jobs' ids
-- Returns {OK, what became of each job}, or one of the others alone with nothing changed.
local OK, HALTED, NOT_PAUSED, HAS_ACTIVE = 1, -10, -20, -21
local DELETED, NOT_THERE, YOUNG, LOCKED, SCHEDULED, OF_FLOW, REFUSED, FREED = 1, 0, 2, 3, 4, 5, 6, 7

local run, lease, meta, events, schedulers, active, place, base, freed = unpack(KEYS)
local token, lease_kept, now, state, latest = unpack(ARGV, 1, 5)
local keeps_flows, keeps_held, tells = ARGV[6] == "1", ARGV[7] == "1", ARGV[8] == "1"
latest = tonumber(latest)
local most_freed = tonumber(ARGV[10])

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
redis.call("SREM", freed, "")

local function is_there(id)
  if is_list then return redis.call("LPOS", place, id, "RANK", -1) end
  return redis.call("ZSCORE", place, id)
end

-- When it ended or was tried last or was added.
local function moment_of(id, fields)
  if is_finished then return tonumber(redis.call("ZSCORE", place, id) or "") end
  return tonumber(fields[4] or fields[3] or fields[2] or "")
end

-- The parent that waits for the job, if any does.
local function waiting_parent(job, parent)
  if not parent or parent == "" or redis.call("EXISTS", parent) == 0 then return nil end
  return redis.call("SISMEMBER", parent .. ":dependencies", job) == 1 and parent or nil
end

local function has_children(job)
  return redis.call("EXISTS", job .. ":dependencies", job .. ":processed", job .. ":failed", job .. ":unsuccessful") > 0
end

-- A parent in this queue that this run put in line stays, also where the run goes on in another process: it is written down in
-- the same step. Where too many are, the last child of a further one stays.
local function must_keep_parent()
  return most_freed and redis.call("SCARD", freed) >= most_freed
end
local function keep_parent(id)
  if not most_freed or redis.call("SADD", freed, id) == 0 then return end
  undoing("SREM", freed, id)
end
local of_4 = bull_major(meta) <= 4

local function delete(id)
  if most_freed and redis.call("SISMEMBER", freed, id) == 1 then return FREED end
  local job = base .. id
  local fields = redis.call("HMGET", job, "parentKey", "timestamp", "processedOn", "finishedOn", "rjk")
  local moment = latest and moment_of(id, fields)
  if moment and moment > latest then return YOUNG end
  if keeps_held then
    if redis.call("EXISTS", job .. ":lock") == 1 then return LOCKED end
    if fields[5] and is_next_of_scheduler(base, id) then return SCHEDULED end
  end
  local parent = waiting_parent(job, fields[1])
  if keeps_flows and (parent or has_children(job)) then return OF_FLOW end
  if parent and must_keep_parent() then return OF_FLOW end
  local deduplication = held_deduplication(base, id)
  if parent then
    if not is_there(id) then return NOT_THERE end
    undo = {}
    local refused = all_or_nothing(function()
      local put_in_line, of_queue = release(job, parent, of_4)
      if of_queue == base then keep_parent(put_in_line) end
    end)
    if refused then return REFUSED end
  end
  -- From here on nothing may be refused.
  local gone = is_list and redis.call("LREM", place, -1, id) or not is_list and redis.call("ZREM", place, id)
  if gone == 0 then return NOT_THERE end
  if deduplication then let_others_in(base, deduplication) end
  redis.call("UNLINK", job, job .. ":logs", job .. ":dependencies", job .. ":processed", job .. ":failed",
    job .. ":unsuccessful", job .. ":lock")
  return DELETED
end

local answer, deleted = {OK}, 0
for i = 11, #ARGV do
  local fine, became = pcall(delete, ARGV[i])
  if not fine then became = REFUSED end
  answer[#answer + 1] = became
  if became == DELETED then deleted = deleted + 1 end
end
if tells and deleted > 0 then redis.call("XADD", events, "*", "event", "cleaned", "count", deleted) end
run_did(run, lease, deleted, now, lease_kept)
return answer
