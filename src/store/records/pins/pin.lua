-- Pins or unpins the current version of a family, and writes the audit entry first: no entry, no change.
--
-- KEYS  1 the audit stream   2 the pins, a hash
-- ARGV  1 the family   2 the queue   3 '1' to pin it, '0' to take its pin away
--       4… the audit entry's fields and values
-- Returns 1, or 0 if that was so before and nothing was written.
local pin = ARGV[3] == '1'
if (redis.call('HGET', KEYS[2], ARGV[1]) == ARGV[2]) == pin then return 0 end
local entry = {}
for i = 4, #ARGV do entry[#entry + 1] = ARGV[i] end
local id = redis.call('XADD', KEYS[1], '*', unpack(entry))
local answer
if pin then
  answer = redis.pcall('HSET', KEYS[2], ARGV[1], ARGV[2])
else
  answer = redis.pcall('HDEL', KEYS[2], ARGV[1])
end
if type(answer) == 'table' and answer.err then
  redis.call('XDEL', KEYS[1], id)
  return answer
end
return 1
