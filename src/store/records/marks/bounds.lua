-- Keeps a mark once: one with the same id stays as it is. Then drops the oldest beyond the bounds.
local function keep_mark(times, marks, id, at, mark)
  if redis.call('HEXISTS', marks, id) == 1 then return end
  -- Where a key has another type, nothing is kept: the first fails above, and the second here.
  redis.call('ZADD', times, at, id)
  redis.call('HSET', marks, id, mark)
end
local function drop_marks(times, marks, oldest, most)
  local dropped = redis.call('ZRANGEBYSCORE', times, '-inf', '(' .. oldest)
  local beyond = redis.call('ZCARD', times) - #dropped - tonumber(most)
  if beyond > 0 then
    for _, id in ipairs(redis.call('ZRANGE', times, #dropped, #dropped + beyond - 1)) do dropped[#dropped + 1] = id end
  end
  for _, id in ipairs(dropped) do
    redis.call('ZREM', times, id)
    redis.call('HDEL', marks, id)
  end
end
