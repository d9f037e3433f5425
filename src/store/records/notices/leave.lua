-- Leaves a session's notice for a page, in place of an earlier one for that page. The oldest notice makes room.
-- KEYS  1 the session's notices, a list, oldest first: of each the page, a tab and the notice
-- ARGV  1 the page   2 the notice   3 how many are kept   4 how long they are kept, in ms
local begins = ARGV[1] .. "\t"
for _, kept in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do
  if string.sub(kept, 1, #begins) == begins then redis.call("LREM", KEYS[1], 1, kept) end
end
redis.call("RPUSH", KEYS[1], begins .. ARGV[2])
redis.call("LTRIM", KEYS[1], -tonumber(ARGV[3]), -1)
redis.call("PEXPIRE", KEYS[1], ARGV[4])
return 1
