-- Sets whole records aside.
--
-- KEYS  1 the leading process   2... each record, and the key under which it is set aside
-- ARGV  1 this process's token   2 for how long, in ms   3... the type that each record should have; empty to set it aside in any case
-- Returns the places of those that were set aside, the first is 1; none if another process leads.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {} end
local done = {}
for at = 3, #ARGV do
  local record = at - 2
  if set_aside(KEYS[2 * record], ARGV[at], KEYS[2 * record + 1], ARGV[2]) then done[#done + 1] = record end
end
return done
