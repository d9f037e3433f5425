-- What update_data.lua asks before it writes: that the person stays within the limit of edits, which all processes count here.
--
-- KEYS  7 when the person made their newest edits under this limit, a sorted set; only where there is a limit
-- condition  1 how many edits   2 in how long, in ms   3 the edit's own id; nothing where there is no limit
--
-- The set never holds more edits than the limit allows, and goes by itself.
local function now()
  local at = redis.call('TIME')
  return at[1] * 1000 + math.floor(at[2] / 1000)
end

-- Returns {'limited', the ms until one more is allowed}, or nil.
local function unmet(condition)
  if #condition == 0 then return nil end
  local most, within, at = tonumber(condition[1]), tonumber(condition[2]), now()
  redis.call('ZREMRANGEBYSCORE', KEYS[7], '-inf', at - within)
  if redis.call('ZCARD', KEYS[7]) < most then return nil end
  local last = redis.call('ZRANGE', KEYS[7], -most, -most, 'WITHSCORES')
  return {'limited', string.format('%.0f', last[2] + within - at)}
end

local function settle(condition)
  if #condition == 0 then return end
  redis.call('ZADD', KEYS[7], now(), condition[3])
  redis.call('PEXPIRE', KEYS[7], condition[2])
end
