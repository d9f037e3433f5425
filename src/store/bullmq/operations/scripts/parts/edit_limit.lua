-- What update_data.lua asks before it writes: that the person stays within the limit of edits, which all processes count here.
--
-- key  1 when the person made their newest edits under this limit, a sorted set; only where there is a limit
-- condition  1 how many edits   2 in how long, in ms   3 the edit's own id; nothing where there is no limit
--
-- The set never holds more edits than the limit allows, and goes by itself.
local function now()
  local at = redis.call('TIME')
  return at[1] * 1000 + math.floor(at[2] / 1000)
end

-- Returns {'limited', the ms until one more is allowed}, or nil.
local function unmet(key, condition)
  if #condition == 0 then return nil end
  local most, within, at = tonumber(condition[1]), tonumber(condition[2]), now()
  redis.call('ZREMRANGEBYSCORE', key[1], '-inf', at - within)
  if redis.call('ZCARD', key[1]) < most then return nil end
  local last = redis.call('ZRANGE', key[1], -most, -most, 'WITHSCORES')
  return {'limited', string.format('%.0f', last[2] + within - at)}
end

local function settle(key, condition)
  if #condition == 0 then return end
  redis.call('ZADD', key[1], now(), condition[3])
  redis.call('PEXPIRE', key[1], condition[2])
end
