-- Puts parts of one queue's history together, and drops those that are in them or too old.
--
-- KEYS  1 the leading process   2 the recorded queues   3 the queue's history
-- ARGV  1 this process's token   2 the queue   3 how many fields are set   4... the fields to set, each with its value, and
--       then those to drop
-- Returns 1, or -1 if another process leads.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local last = 3 + 2 * tonumber(ARGV[3])
-- A queue whose history expired meanwhile gets none back.
if redis.call('EXISTS', KEYS[3]) == 1 then
  for at = 4, last, 2 do redis.call('HSET', KEYS[3], ARGV[at], ARGV[at + 1]) end
  for at = last + 1, #ARGV do redis.call('HDEL', KEYS[3], ARGV[at]) end
end
if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('ZREM', KEYS[2], ARGV[2]) end
return 1
