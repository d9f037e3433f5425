-- Pauses a queue of BullMQ 4, 5 or 6 as that BullMQ does (4.18, 5.81, 6.7): 4 and 5 move `wait` to `paused`. Unlike theirs, it
-- tells nobody where nothing changes, and keeps the jobs that an earlier pause left in `paused`.
-- Follows begin.lua.
if is_paused then return UNCHANGED end
local moves = version < 6 and redis.call("EXISTS", wait) == 1
if moves and redis.call("EXISTS", paused) == 1 then
  if not gather_in_paused() then return MORE end
  moves = false
end

return operate("waiting jobs: " .. redis.call("LLEN", wait) + redis.call("LLEN", paused), function()
  tell(events, nil, "event", "paused")
  set_field("paused", 1)
  if moves then
    redis.call("RENAMENX", wait, paused)
    undoing("RENAMENX", paused, wait)
  end
  -- Nothing behind it may be refused.
  if version >= 5 then redis.call("DEL", marker) end
end)
