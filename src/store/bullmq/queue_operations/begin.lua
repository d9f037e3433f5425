-- What every script that operates on a queue begins with: its keys, its audit entry, and how it takes back what it wrote.
-- Follows operations/enqueue.lua and operations/all_or_nothing.lua.
--
-- Every check comes before the first write.
--
-- KEYS  1 meta   2 events   3 wait   4 paused   5 active   6 delayed   7 prioritized   8 marker
--       9 what the queue's keys begin with   10 the audit stream
-- ARGV  1 p, then p parameters   then the entry's fields and values
-- Returns a number: DONE with the entry written, or else why not, with nothing changed.
local DONE, UNCHANGED, GONE, MORE, NOT_IN_4 = 1, 0, -1, -2, -4

local meta, events, wait, paused, active, delayed, prioritized, marker, base, audit = unpack(KEYS)
local parameters, entry = {}, {}
local last_parameter = 1 + tonumber(ARGV[1])
for i = 2, last_parameter do parameters[#parameters + 1] = ARGV[i] end
for i = last_parameter + 1, #ARGV do entry[#entry + 1] = ARGV[i] end

-- A `meta` that states neither is not a queue's (store/bullmq/discovery.rs), and must not become one.
local stated = redis.call("HMGET", meta, "opts.maxLenEvents", "version")
if not stated[1] and not stated[2] then return GONE end
local version = bull_major(meta)
local is_paused = redis.call("HEXISTS", meta, "paused") == 1

-- Adds what the operation changes to the entry's note.
local function noting(words)
  for i = 1, #entry, 2 do
    if entry[i] == "note" then
      if entry[i + 1] ~= "" then words = entry[i + 1] .. "; " .. words end
      entry[i + 1] = words
      return
    end
  end
  entry[#entry + 1] = "note"
  entry[#entry + 1] = words
end

-- Records the entry with `words` and does what `steps` does, or neither.
local function operate(words, steps)
  noting(words)
  -- Redis refuses this first when it is out of memory. It changes nothing.
  redis.call("ZADD", prioritized, "XX", 0, "")
  -- What taking back needs.
  redis.call("XDEL", audit, "0-1")
  redis.call("XDEL", events, "0-1")
  return all_or_nothing(function()
    local stream_id = redis.call("XADD", audit, "*", unpack(entry))
    undoing("XDEL", audit, stream_id)
    steps()
  end) or DONE
end

local function set_field(name, value)
  local before = redis.call("HGET", meta, name)
  redis.call("HSET", meta, name, value)
  if before then undoing("HSET", meta, name, before) else undoing("HDEL", meta, name) end
end

local function remove_field(name)
  local before = redis.call("HGET", meta, name)
  if not before then return end
  redis.call("HDEL", meta, name)
  undoing("HSET", meta, name, before)
end

-- Moves the jobs of `wait` behind those of `paused`, in their order; false where there are too many for one script. The right
-- end is taken next. Between two such scripts every job is in one of the two lists, and no resume loses more of them than
-- before.
local MOVED_AT_ONCE, A_COMMAND = 20000, 5000
local function gather_in_paused()
  for _ = 1, MOVED_AT_ONCE / A_COMMAND do
    local ids = redis.call("LRANGE", wait, -A_COMMAND, -1)
    if #ids == 0 then return true end
    local reversed = {}
    for i = #ids, 1, -1 do reversed[#reversed + 1] = ids[i] end
    redis.call("LPUSH", paused, unpack(reversed))
    redis.call("LTRIM", wait, 0, -#ids - 1)
  end
  return redis.call("EXISTS", wait) == 0
end

-- Wakes an idle worker if there is a job that it may take.
local function wake()
  if version < 5 or is_paused or is_full(meta, active) then return end
  if redis.call("LLEN", wait) + redis.call("ZCARD", prioritized) > 0 then redis.call("ZADD", marker, 0, "0") end
end
