-- Replaces the list of skipped jobs by that of the last complete pass. Follows step.lua.
--
-- KEYS  1 the run   2 its lease   3 the list of what stayed
-- ARGV  1 the lease's token   2 how long to keep it, in ms   3 now, in ms   4 n, how many of the next are counts
--       5… n reasons and counts   then what is listed
-- Returns 1, or 0 if the run is not held.
local run, lease, list = KEYS[1], KEYS[2], KEYS[3]
if not run_is_held(run, lease, ARGV[1]) then return 0 end
for _, field in ipairs(redis.call('HKEYS', run)) do
  if string.sub(field, 1, 7) == 'stayed:' then redis.call('HDEL', run, field) end
end
local n = tonumber(ARGV[4])
for i = 5, 4 + n, 2 do redis.call('HSET', run, 'stayed:' .. ARGV[i], ARGV[i + 1]) end
redis.call('DEL', list)
for i = 5 + n, #ARGV do redis.call('RPUSH', list, ARGV[i]) end
run_did(run, lease, 0, ARGV[3], ARGV[2])
return 1
