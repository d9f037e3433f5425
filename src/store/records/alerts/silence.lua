-- Keeps a silence, with its audit entry, or neither. Those that are over make room.
--
-- KEYS  1 the audit stream   2 the silences, a hash by id
-- ARGV  1 the silence's id   2 the silence   3 how many are kept   4 who makes it   5 how many of one person are kept
--       6 how many that are over follow   7… their ids
--       behind them: the audit entry's fields and values
-- Returns 1, 0 if there is no room, or -1 if there is none for this person.
local over = tonumber(ARGV[6])
for at = 7, 6 + over do redis.call('HDEL', KEYS[2], ARGV[at]) end
if redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[3]) then return 0 end
local own = 0
for _, kept in ipairs(redis.call('HVALS', KEYS[2])) do
  local read, silence = pcall(cjson.decode, kept)
  if read and type(silence) == 'table' and silence.by == ARGV[4] then own = own + 1 end
end
if own >= tonumber(ARGV[5]) then return -1 end
local recorded = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 7 + over))
local answer = redis.pcall('HSET', KEYS[2], ARGV[1], ARGV[2])
if type(answer) == 'table' and answer.err then
  redis.call('XDEL', KEYS[1], recorded)
  return answer
end
return 1
