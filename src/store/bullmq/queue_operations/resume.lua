-- Resumes a queue of BullMQ 4, 5 or 6. It leaves in Redis what that BullMQ's own resume leaves (4.18, 5.81, 6.7), with two
-- exceptions: it loses no job where different majors paused and filled the queue in turns, since no list is renamed to one that
-- exists; and it wakes a worker whenever a job waits. It also takes up jobs that an earlier resume left in `paused`.
-- Follows begin.lua.
local held = redis.call("LLEN", paused)
if not is_paused and held == 0 then return UNCHANGED end
if held > 0 and redis.call("EXISTS", wait) == 1 and not gather_in_paused() then return MORE end

-- Wakes for the first delayed job where nothing waits.
local function wake_for_delayed()
  local first = redis.call("ZRANGE", delayed, 0, 0, "WITHSCORES")
  if first[2] then redis.call("ZADD", marker, tonumber(first[2]) / 0x1000, "1") end
end

return operate("waiting jobs: " .. redis.call("LLEN", wait) + redis.call("LLEN", paused), function()
  tell(events, nil, "event", "resumed")
  if redis.call("EXISTS", paused) == 1 then
    redis.call("RENAMENX", paused, wait)
    undoing("RENAMENX", wait, paused)
  end
  remove_field("paused")
  is_paused = false
  local waits = redis.call("LLEN", wait) > 0
  local has_prioritized = redis.call("ZCARD", prioritized) > 0
  if version < 5 then
    -- BullMQ 4 wakes its workers for a prioritized job by a marker in an empty list.
    if has_prioritized and not waits then push(wait, "0:0") end
  elseif waits or has_prioritized then
    redis.call("ZADD", marker, 0, "0")
  else
    wake_for_delayed()
  end
end)
