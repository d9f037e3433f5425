-- Keeps marks of what the leader saw, and what it saw, in one step.
--
-- KEYS  1 the leading process   2 the marks by time   3 the marks, a hash   4 what was seen, a hash
-- ARGV  1 this process's token   2 the oldest time to keep, in ms   3 how many marks to keep   4 how many fields were seen
--       5... the fields, each with its value, empty to forget it; then the marks, each with its id, its time and its text
-- Returns 1, or -1 if another process leads.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local last = 4 + 2 * tonumber(ARGV[4])
-- The marks first: where their keys have another type, what was seen is not written either, and is seen again.
for at = last + 1, #ARGV, 3 do keep_mark(KEYS[2], KEYS[3], ARGV[at], ARGV[at + 1], ARGV[at + 2]) end
for at = 5, last, 2 do
  if ARGV[at + 1] == '' then redis.call('HDEL', KEYS[4], ARGV[at]) else redis.call('HSET', KEYS[4], ARGV[at], ARGV[at + 1]) end
end
drop_marks(KEYS[2], KEYS[3], ARGV[2], ARGV[3])
return 1
