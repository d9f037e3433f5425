-- How a pending proposal ends (approval.lua, close.lua): its record says so, its bytes go, and it is listed among the decided
-- ones instead of the pending ones.
--
-- key  1 the proposal   2 the bytes that it keeps   3 the pending proposals, a hash   4 the decided ones, a sorted set
-- kept_for  how long its record is kept, in ms
-- most  how many decided ones are kept
local function now()
  local at = redis.call('TIME')
  return at[1] * 1000 + math.floor(at[2] / 1000)
end

local function decide(key, id, status, by, at, kept_for, most)
  redis.call('HSET', key[1], 'status', status, 'decided_by', by, 'decided_at', string.format('%.0f', at))
  redis.call('PEXPIRE', key[1], kept_for)
  redis.call('DEL', key[2])
  redis.call('HDEL', key[3], id)
  redis.call('ZADD', key[4], at, id)
  redis.call('ZREMRANGEBYRANK', key[4], 0, -1 - tonumber(most))
  redis.call('PEXPIRE', key[4], kept_for)
end
