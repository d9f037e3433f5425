-- Notes that minutes are recorded for all queues.
--
-- KEYS  1 the leading process   2 the last recorded minute   3... the minutes of a day in which a process recorded, as bits
-- ARGV  1 this process's token   2 the last recorded minute   3 how long to keep the bits, in ms
--       4... for each bit the number of its key, and its place in the day
-- Returns 1, or -1 if another process leads.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
redis.call('SET', KEYS[2], ARGV[2])
for at = 4, #ARGV, 2 do redis.call('SETBIT', KEYS[2 + tonumber(ARGV[at])], ARGV[at + 1], 1) end
for at = 3, #KEYS do redis.call('PEXPIRE', KEYS[at], ARGV[3]) end
return 1
