-- Keeps a mark that a person made, and writes the audit entry first: no entry, no mark.
--
-- KEYS  1 the audit stream   2 the marks by time   3 the marks, a hash
-- ARGV  1 the oldest time to keep, in ms   2 how many marks to keep   3 the mark's id   4 its time   5 its text
--       6... the audit entry's fields and values
-- Returns 1.
local recorded = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 6))
for at, kind in pairs({ [2] = 'zset', [3] = 'hash' }) do
  local found = redis.call('TYPE', KEYS[at]).ok
  if found ~= 'none' and found ~= kind then
    redis.call('XDEL', KEYS[1], recorded)
    return redis.error_reply('WRONGTYPE the key of the marks has another type')
  end
end
keep_mark(KEYS[2], KEYS[3], ARGV[3], ARGV[4], ARGV[5])
drop_marks(KEYS[2], KEYS[3], ARGV[1], ARGV[2])
return 1
