-- Keeps a silence, with its audit entry, or neither. Those that are over make room.
--
-- KEYS  1 the audit stream   2 the silences, a hash by id
-- ARGV  1 the silence's id   2 the silence   3 how many are kept   4 how many that are over follow   5… their ids
--       behind them: the audit entry's fields and values
-- Returns 1, or 0 if there is no room.
local over = tonumber(ARGV[4])
for at = 5, 4 + over do redis.call('HDEL', KEYS[2], ARGV[at]) end
if redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[3]) then return 0 end
local recorded = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 5 + over))
local answer = redis.pcall('HSET', KEYS[2], ARGV[1], ARGV[2])
if type(answer) == 'table' and answer.err then
  redis.call('XDEL', KEYS[1], recorded)
  return answer
end
return 1
