-- Ends a run with its audit entry, for the process that holds it.
--
-- KEYS  1 the run   2 its lease   3 the audit stream   4… what says which run has each queue
-- ARGV  1 the run's id   2 the lease's token   3 the state it ends in   4 the words of its end   5 now, in ms
--       6… the audit entry's fields and values
-- Returns 1, or 0 if the lease is another's or has expired.
if redis.call('GET', KEYS[2]) ~= ARGV[2] then return 0 end
redis.call('XADD', KEYS[3], '*', unpack(ARGV, 6))
redis.call('HSET', KEYS[1], 'state', ARGV[3], 'words', ARGV[4], 'updated', ARGV[5])
redis.call('DEL', KEYS[2])
for i = 4, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then redis.call('DEL', KEYS[i]) end
end
return 1
