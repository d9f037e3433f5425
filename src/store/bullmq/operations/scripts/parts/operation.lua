-- What every script that operates on one job begins with: its keys, its audit entry, and how it takes back what it wrote.
-- Follows enqueue.lua, all_or_nothing.lua and records/runs/step.lua.
--
-- Every check comes before the first write. A script is not rolled back: if Redis refuses a command after that, the writes
-- so far are taken back one by one, and the job stays as it was, without an entry.
--
-- KEYS. Those of the queue are all below {prefix}:{queue}: and so in one cluster slot if prefix or queue has a hash tag.
--   1 <job id>       hash     7 active       list     13 waiting-children  zset
--   2 <job id>:lock  string   8 delayed      zset     14 repeat            zset
--   3 meta           hash     9 prioritized  zset     15 pc                string
--   4 events         stream  10 completed    zset     16 marker            zset (BullMQ 5 and 6)
--   5 wait           list    11 failed       zset
--   6 paused         list    12 <job id>:    the beginning of the keys beside the job
--   17 the audit stream   18 the audit's list of this job   19 where a large change is kept beside its entry
--   20 the run that it is a piece of   21 that run's lease: both only where it is a piece of one
--   and, of a child job, what its `parentKey` names, in the same slot because BullMQ itself needs it there.
-- ARGV
--   1 job id   2 how long to keep the job's list of entries, in ms, 0 for ever
--   3 the token of the run's lease, '' without a run   4 how long to keep the lease, in ms   5 now, in ms   6 the run's id
--   7 p, then p parameters   then n, and n fields and values that are kept beside the entry   then the entry's fields and values
-- Returns a number: above 0, it was done, and the entry is written; below 0, why not, with nothing changed.
local GONE, WRONG_STATE, LOCKED, SCHEDULED, CHANGED, HALTED, DONE_BEFORE = -1, -3, -6, -8, -9, -10, -11

local job, lock, meta, events, wait, paused, active, delayed, prioritized, completed, failed, beside, waiting_children,
  schedulers, pc, marker, audit, audit_of_job, audit_change, run, lease = unpack(KEYS)
local id, list_kept, token, lease_kept, now, run_id = unpack(ARGV, 1, 6)

local parameters, kept_beside, entry = {}, {}, {}
local last_parameter = 7 + tonumber(ARGV[7])
local last_beside = last_parameter + 1 + tonumber(ARGV[last_parameter + 1])
for i = 8, last_parameter do parameters[#parameters + 1] = ARGV[i] end
for i = last_parameter + 2, last_beside do kept_beside[#kept_beside + 1] = ARGV[i] end
for i = last_beside + 1, #ARGV do entry[#entry + 1] = ARGV[i] end

-- How many of the job's newest entries are searched for one of the run.
local LOOKED_BACK = 100

-- Whether the run has done it to this job before: a job may stay in its state, or come back to it, while the run goes on or after
-- its process was killed.
local function was_done_by_run()
  for _, stream_id in ipairs(redis.call("LRANGE", audit_of_job, 0, LOOKED_BACK - 1)) do
    local found = redis.call("XRANGE", audit, stream_id, stream_id)[1]
    local fields, of_run, applied = found and found[2] or {}, false, false
    for i = 1, #fields, 2 do
      of_run = of_run or fields[i] == "run" and fields[i + 1] == run_id
      applied = applied or fields[i] == "outcome" and fields[i + 1] == "applied"
    end
    if of_run and applied then return true end
  end
  return false
end
if run then
  if not run_is_held(run, lease, token) then return HALTED end
  if was_done_by_run() then return DONE_BEFORE end
end

local function record()
  local stream_id = redis.call("XADD", audit, "*", unpack(entry))
  undoing("XDEL", audit, stream_id)
  redis.call("LPUSH", audit_of_job, stream_id)
  undoing("LREM", audit_of_job, 1, stream_id)
  if #kept_beside > 0 then
    redis.call("HSET", audit_change, unpack(kept_beside))
    undoing("DEL", audit_change)
  end
  if run then
    run_did(run, lease, 1, now, lease_kept)
    undoing("HINCRBY", run, "done", -1)
  end
end

-- Whether BullMQ 4 keeps the queue. A queue that states no version may be of BullMQ 4 as well, which alone counts a job's
-- attempts under this name.
local function is_of_4(version, told)
  if told then return version <= 4 end
  return redis.call("HEXISTS", job, "attemptsMade") == 1 and redis.call("HEXISTS", job, "atm") == 0
    and redis.call("EXISTS", marker) == 0
end

-- The job's score in `set`, one of the sorted sets; nil and why not, where it is not there or a worker holds it.
local function score_unheld(set)
  if redis.call("EXISTS", job) == 0 then return nil, GONE end
  local score = redis.call("ZSCORE", set, id)
  if not score then return nil, WRONG_STATE end
  if redis.call("EXISTS", lock) == 1 then return nil, LOCKED end
  return score
end

-- Where the job goes that is put in line now, as the BullMQ that keeps the queue has it: `target` is the list for a job of no
-- priority, and `wakes` whether a marker is to wake a worker of BullMQ 5 or 6.
local function place_in_line()
  local version, told = bull_major(meta)
  local is_paused = redis.call("HEXISTS", meta, "paused") == 1
  return {
    told = told,
    of_4 = is_of_4(version, told),
    is_paused = is_paused,
    target = list_to_join(version, is_paused, wait, paused),
    priority = tonumber(redis.call("HGET", job, "priority") or "") or 0,
    wakes = not is_paused and not is_full(meta, active),
  }
end

-- How many events the queue keeps, and what BullMQ 5 and 6 do where their meta does not say: they write their default there.
local function events_kept()
  local limit = tonumber(redis.call("HGET", meta, "opts.maxLenEvents") or "")
  local function set_default()
    if not limit then redis.call("HSET", meta, "opts.maxLenEvents", 10000) end
  end
  return limit or 10000, set_default
end

-- The key of the job's parent, if there still is one.
local function parent_key()
  local parent = redis.call("HGET", job, "parentKey")
  return parent and redis.call("EXISTS", parent) == 1 and parent or nil
end

-- Records the entry and does what `steps` does, or neither. Each of `needed` is a command that taking back may need, in a
-- form that changes nothing: without the right to run it, nothing is done. The first of them must be a command that Redis
-- refuses when it is out of memory: it refuses only a script's first write (7.0), and only a command that may need memory.
-- LREM is tried on the short list of the job's entries: on a list of waiting jobs it would look through all of them, for each job
-- of a run. LLEN says whether that key is a list.
local function operate(needed, steps)
  for _, command in ipairs(needed) do redis.call(unpack(command)) end
  redis.call("XDEL", audit, "0-1")
  redis.call("XDEL", events, "0-1")
  redis.call("LREM", audit_of_job, 1, "")
  local refused = all_or_nothing(function()
    record()
    steps()
  end)
  if refused then return refused end
  if list_kept ~= "0" then
    redis.pcall("PEXPIRE", audit_of_job, list_kept)
    if #kept_beside > 0 then redis.pcall("PEXPIRE", audit_change, list_kept) end
  end
end
