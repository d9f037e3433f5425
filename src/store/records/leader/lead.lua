-- Takes the lease of the leading process, or renews it.
--
-- KEYS  1 the lease
-- ARGV  1 this process's token   2 how long to keep it, in ms
-- Returns 1 if this process leads, 0 if another one does.
local kind = redis.call('TYPE', KEYS[1]).ok
-- Nobody could ever lead beside a key that is no lease.
if kind ~= 'none' and kind ~= 'string' then redis.call('DEL', KEYS[1]) end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  -- A lease ends at some time.
  if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
