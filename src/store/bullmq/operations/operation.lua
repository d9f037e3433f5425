-- Comes first in every script that operates on one job: its keys, its audit entry, and how it takes back what it wrote.
-- Follows enqueue.lua.
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
--   and, of a child job, what its `parentKey` names, in the same slot because BullMQ itself needs it there.
-- ARGV
--   1 job id   2 how long to keep the job's list of entries, in ms, 0 for ever
--   3 p, then p parameters   then n, and n fields and values that are kept beside the entry   then the entry's fields and values
-- Returns a number: above 0 if it was done and the entry is written; below 0 if not, with nothing changed.
local GONE, WRONG_STATE, LOCKED, SCHEDULED, CHANGED = -1, -3, -6, -8, -9

local job, lock, meta, events, wait, paused, active, delayed, prioritized, completed, failed, beside, waiting_children,
  schedulers, pc, marker, audit, audit_of_job, audit_change = unpack(KEYS)
local id, list_kept = ARGV[1], ARGV[2]

local parameters, kept_beside, entry = {}, {}, {}
local last_parameter = 3 + tonumber(ARGV[3])
local last_beside = last_parameter + 1 + tonumber(ARGV[last_parameter + 1])
for i = 4, last_parameter do parameters[#parameters + 1] = ARGV[i] end
for i = last_parameter + 2, last_beside do kept_beside[#kept_beside + 1] = ARGV[i] end
for i = last_beside + 1, #ARGV do entry[#entry + 1] = ARGV[i] end

-- The commands that take back what was written; run from the last to the first.
local undo = {}
local function undoing(...) undo[#undo + 1] = {...} end

local function record()
  local stream_id = redis.call("XADD", audit, "*", unpack(entry))
  undoing("XDEL", audit, stream_id)
  redis.call("LPUSH", audit_of_job, stream_id)
  undoing("LREM", audit_of_job, 1, stream_id)
  if #kept_beside > 0 then
    redis.call("HSET", audit_change, unpack(kept_beside))
    undoing("DEL", audit_change)
  end
end

-- Adds an event of the job. `trim` is about how many events are kept; nil if another script of that BullMQ trims them.
local function tell(stream, trim, ...)
  local stream_id
  if trim then
    stream_id = redis.call("XADD", stream, "MAXLEN", "~", trim, "*", ...)
  else
    stream_id = redis.call("XADD", stream, "*", ...)
  end
  undoing("XDEL", stream, stream_id)
end

-- Adds a job at the end of a list from which workers take last, or first.
local function push(list, one, is_next)
  redis.call(is_next and "RPUSH" or "LPUSH", list, one)
  undoing("LREM", list, is_next and -1 or 1, one)
end

local function take_from_set(set, one, score)
  redis.call("ZREM", set, one)
  undoing("ZADD", set, score, one)
end

-- Whether BullMQ 4 keeps the queue. A queue that states no version may be of BullMQ 4 as well, which alone counts a job's
-- attempts under this name.
local function is_of_4(version, told)
  if told then return version <= 4 end
  return redis.call("HEXISTS", job, "attemptsMade") == 1 and redis.call("HEXISTS", job, "atm") == 0
    and redis.call("EXISTS", marker) == 0
end

-- The key of the job's parent, if the parent still exists.
local function parent_key()
  local parent = redis.call("HGET", job, "parentKey")
  return parent and redis.call("EXISTS", parent) == 1 and parent or nil
end

-- Records the entry and does what `steps` does, or neither. Each of `needed` is a command that taking back may need, in a
-- form that changes nothing: without the right to run it, nothing is done. The first of them must be a command that Redis
-- refuses when it is out of memory: it refuses only a script's first write (7.0), and only a command that may need memory.
local function operate(needed, steps)
  for _, command in ipairs(needed) do redis.call(unpack(command)) end
  redis.call("XDEL", audit, "0-1")
  redis.call("XDEL", events, "0-1")
  redis.call("LREM", audit_of_job, 1, "")
  local fine, refused = pcall(function()
    record()
    steps()
  end)
  if not fine then
    for i = #undo, 1, -1 do redis.pcall(unpack(undo[i])) end
    return redis.error_reply(type(refused) == "table" and refused.err or tostring(refused))
  end
  if list_kept ~= "0" then
    redis.pcall("PEXPIRE", audit_of_job, list_kept)
    if #kept_beside > 0 then redis.pcall("PEXPIRE", audit_change, list_kept) end
  end
end
