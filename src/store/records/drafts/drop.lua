-- Drops a draft, unless another one is there by now.
--
-- KEYS  1 the draft   2 the person's drafts   3 all drafts   4 their sizes
-- ARGV  1 the mark of the draft that is meant
if redis.call('HGET', KEYS[1], 'mark') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], KEYS[1])
redis.call('ZREM', KEYS[3], KEYS[1])
redis.call('HDEL', KEYS[4], KEYS[1])
return 1
