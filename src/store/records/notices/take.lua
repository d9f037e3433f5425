-- Takes a session's notice for a page out of the list and returns it; nil if there is none, and then nothing is written.
-- KEYS  1 the session's notices, as in leave.lua
-- ARGV  1 the page
local begins = ARGV[1] .. "\t"
for _, kept in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do
  if string.sub(kept, 1, #begins) == begins then
    redis.call("LREM", KEYS[1], 1, kept)
    return string.sub(kept, #begins + 1)
  end
end
return nil
