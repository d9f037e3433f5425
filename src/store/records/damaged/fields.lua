-- Sets fields of a hash aside, in a hash; the others stay. Where one alone has too many bytes to be copied, the whole record is set
-- aside.
--
-- KEYS  1 the leading process   2 the record   3 the hash in which its fields are set aside
-- ARGV  1 this process's token   2 for how long, in ms   3 how many bytes are copied at most   4 how many fields are kept at most
--       5... the fields
-- Returns how many were set aside; 0 if another process leads, and -1 if they have too many bytes together.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local bytes, found = 0, 0
for at = 5, #ARGV do
  bytes = bytes + redis.call('HSTRLEN', KEYS[2], ARGV[at])
  found = found + redis.call('HEXISTS', KEYS[2], ARGV[at])
end
-- What was set aside before does not give way to nothing.
if found == 0 then return 0 end
if bytes > tonumber(ARGV[3]) then
  if #ARGV > 5 then return -1 end
  set_aside(KEYS[2], '', KEYS[3], ARGV[2])
  return 1
end
local kind = redis.call('TYPE', KEYS[3]).ok
if kind ~= 'hash' or redis.call('HLEN', KEYS[3]) + #ARGV - 4 > tonumber(ARGV[4]) then redis.call('UNLINK', KEYS[3]) end
local moved = 0
for at = 5, #ARGV do
  local value = redis.call('HGET', KEYS[2], ARGV[at])
  if value then
    redis.call('HSET', KEYS[3], ARGV[at], value)
    redis.call('HDEL', KEYS[2], ARGV[at])
    moved = moved + 1
  end
end
if moved > 0 then redis.call('PEXPIRE', KEYS[3], ARGV[2]) end
return moved
