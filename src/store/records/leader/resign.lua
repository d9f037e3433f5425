-- Gives the lease of the leading process back.
--
-- KEYS  1 the lease   2 which process leads, a hash
-- ARGV  1 this process's token   2 now, in ms
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[2], 'seen', ARGV[2])
end
return 1
