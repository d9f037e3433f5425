-- Sets minutes of one queue's history. A minute that is known better already is left as it is, so that repeated writes, of
-- whatever process, never make it less.
--
-- KEYS  1 the leading process   2 the recorded queues   3 the queue's history
-- ARGV  1 this process's token   2 the queue   3 how many queues are recorded at most   4 how long to keep it, in ms
--       5 now, in ms   6... a field and a minute, again and again
-- Returns 1 and how many minutes were replaced that no version of the encoding wrote, 0 if there are too many queues, or -1 if
-- another process leads.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
if not redis.call('ZSCORE', KEYS[2], ARGV[2]) and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[2], ARGV[5], ARGV[2])
-- A minute begins with its version, how much of it is known, and the number of its events.
local function rank(minute)
  if #minute < 6 then return -1 end
  local version = minute:byte(1)
  if version ~= 1 then return version > 1 and version <= 15 and math.huge or -1 end
  local known, events = struct.unpack('>BI4', minute, 2)
  return known <= 2 and known * 4294967296 + events or -1
end
local damaged = 0
for at = 6, #ARGV, 2 do
  local kept = redis.call('HGET', KEYS[3], ARGV[at])
  if kept and rank(kept) == -1 then damaged = damaged + 1 end
  if not kept or rank(ARGV[at + 1]) >= rank(kept) then
    redis.call('HSET', KEYS[3], ARGV[at], ARGV[at + 1])
  end
end
redis.call('PEXPIRE', KEYS[3], ARGV[4])
return 1 + damaged
