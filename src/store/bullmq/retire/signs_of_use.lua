-- Searches some finished jobs for one that still matters to a live flow. Only reads. Follows live_flow.lua.
--
-- KEYS  1 the sorted set of the jobs of a state
-- ARGV  1 what the queue's keys begin with   2 the first and   3 the last place to be looked at
-- Returns how many jobs there were; and if one matters, its id, whether the other is its parent or child, and the other's
-- key.
local ids = redis.call('ZRANGE', KEYS[1], ARGV[2], ARGV[3])
for _, id in ipairs(ids) do
  local job = ARGV[1] .. id
  if redis.call('TYPE', job).ok == 'hash' then
    local kind, key = live_relative(job, redis.call('HGET', job, 'parentKey'))
    if kind then return { #ids, id, kind, key } end
  end
end
return { #ids }
