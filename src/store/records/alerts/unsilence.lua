-- Ends a silence, with its audit entry.
--
-- KEYS  1 the audit stream   2 the silences
-- ARGV  1 the silence's id   2… the audit entry's fields and values
-- Returns 1, or 0 if there is no such silence.
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
redis.call('HDEL', KEYS[2], ARGV[1])
return 1
