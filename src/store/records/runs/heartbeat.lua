-- Renews the lease of a run and returns the run's state.
--
-- KEYS  1 the run   2 its lease
-- ARGV  1 the lease's token   2 how long to keep it, in ms
-- Returns nil if the lease is another's or has expired.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return nil end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return redis.call('HGET', KEYS[1], 'state')
