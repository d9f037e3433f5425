-- Takes the lease of the leading process, or renews it, and notes who leads.
--
-- KEYS  1 the lease   2 which process leads, a hash   3, 4 where these are set aside if they have another type
-- ARGV  1 this process's token   2 how long to keep the lease, in ms   3 this process's name   4 now, in ms
--       5 for how long what is set aside is kept, in ms
-- Returns 1 if this process leads, or 0 if another one does; then for each record 1 if it was set aside, or 0.
local lease = set_aside(KEYS[1], 'string', KEYS[3], ARGV[5]) and 1 or 0
local process = set_aside(KEYS[2], 'hash', KEYS[4], ARGV[5]) and 1 or 0
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[2], 'token', ARGV[1], 'name', ARGV[3], 'since', ARGV[4], 'seen', ARGV[4])
  return { 1, lease, process }
end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  -- A lease ends at some time, and soon.
  local left = redis.call('PTTL', KEYS[1])
  if left < 0 or left > tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return { 0, lease, process }
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if redis.call('HGET', KEYS[2], 'token') ~= ARGV[1] then
  redis.call('HSET', KEYS[2], 'token', ARGV[1], 'name', ARGV[3], 'since', ARGV[4])
end
redis.call('HSET', KEYS[2], 'seen', ARGV[4])
return { 1, lease, process }
