-- Keeps a proposal and writes its audit entry, in one step; unless its job is gone, there is no room, or its requester has
-- made as many edits as their limit allows.
--
-- KEYS  1 the audit stream   2 the proposal, a hash   3 the bytes that it keeps
--       4 the pending proposals, a hash: id to "expires size requester queue"   5 the decided ones, a sorted set
--       6 the job   7 the audit's list of the job; both only where it is about one
--       8 when the requester made their newest edits under the limit, a sorted set; only where there is one
-- ARGV  1 the proposal's id   2 the bytes   3 its requester   4 its queue   5 for how long it is good, in ms
--       6 for how long its record is kept, in ms
--       7, 8 how many one person may have, and how many bytes   9, 10 the same for all
--       11 how long to keep the audit's list, in ms, 0 for ever
--       12 how many edits the limit allows, 0 for no limit   13 in how long, in ms   14 the event's id
--       15 n, how many of the next belong to the proposal   16… n fields and values   then the audit entry's
-- Returns {'kept'}, {'gone'}, {'yours', how many, bytes}, {'all', how many, bytes} or {'limited', ms}.
if KEYS[6] and redis.call('EXISTS', KEYS[6]) == 0 then return {'gone'} end
local at = redis.call('TIME')
at = at[1] * 1000 + math.floor(at[2] / 1000)

local size = #ARGV[2]
local own, own_bytes, all, all_bytes = 1, size, 1, size
local pending = redis.call('HGETALL', KEYS[4])
local over = {}
for i = 1, #pending, 2 do
  local expires, bytes, requester = string.match(pending[i + 1], '^(%d+) (%d+) (%S+) ')
  if not expires or tonumber(expires) <= at then
    over[#over + 1] = {pending[i], expires or '0'}
  else
    all, all_bytes = all + 1, all_bytes + bytes
    if requester == ARGV[3] then own, own_bytes = own + 1, own_bytes + bytes end
  end
end
if own > tonumber(ARGV[7]) or own_bytes > tonumber(ARGV[8]) then return {'yours', tostring(own - 1), tostring(own_bytes - size)} end
if all > tonumber(ARGV[9]) or all_bytes > tonumber(ARGV[10]) then return {'all', tostring(all - 1), tostring(all_bytes - size)} end

local most = tonumber(ARGV[12])
if most > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[8], '-inf', at - ARGV[13])
  if redis.call('ZCARD', KEYS[8]) >= most then
    local last = redis.call('ZRANGE', KEYS[8], -most, -most, 'WITHSCORES')
    return {'limited', string.format('%.0f', last[2] + ARGV[13] - at)}
  end
end

local n = tonumber(ARGV[15])
local made, expires = string.format('%.0f', at), string.format('%.0f', at + ARGV[5])
local fields = {'status', 'pending', 'made', made, 'expires', expires}
local entry = {}
for i = 16, 15 + n do fields[#fields + 1] = ARGV[i] end
for i = 16 + n, #ARGV do entry[#entry + 1] = ARGV[i] end
-- Asked first, so that a key of another type refuses before anything is written.
redis.call('HEXISTS', KEYS[2], 'status')
if KEYS[7] then redis.call('LLEN', KEYS[7]) end
redis.call('ZCARD', KEYS[5])
local id = redis.call('XADD', KEYS[1], '*', unpack(entry))
if KEYS[7] then
  redis.call('LPUSH', KEYS[7], id)
  if ARGV[11] ~= '0' then redis.call('PEXPIRE', KEYS[7], ARGV[11]) end
end
redis.call('HSET', KEYS[2], unpack(fields))
redis.call('PEXPIRE', KEYS[2], ARGV[6])
-- The bytes go by themselves when nobody decides in time.
redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[5])
for _, one in ipairs(over) do
  redis.call('HDEL', KEYS[4], one[1])
  redis.call('ZADD', KEYS[5], one[2], one[1])
end
if #over > 0 then redis.call('PEXPIRE', KEYS[5], ARGV[6]) end
redis.call('HSET', KEYS[4], ARGV[1], expires .. ' ' .. size .. ' ' .. ARGV[3] .. ' ' .. ARGV[4])
redis.call('PEXPIRE', KEYS[4], ARGV[6])
if most > 0 then
  redis.call('ZADD', KEYS[8], at, ARGV[14])
  redis.call('PEXPIRE', KEYS[8], ARGV[13])
end
return {'kept'}
