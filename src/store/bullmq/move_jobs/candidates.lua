-- The ids of the jobs of a state that run next after a given job. One step, since workers take jobs meanwhile. Only reads.
--
-- KEYS  1 the list or sorted set
-- ARGV  1 '1' for a list, whose end runs first   2 the job after which to begin, '' for the beginning
--       3 how many jobs were passed over so far   4 how many ids are wanted   5 how much farther the job may be than that
-- Returns the ids, the next to run first.
local key, after = KEYS[1], ARGV[2]
local past, count = tonumber(ARGV[3]), tonumber(ARGV[4])
if ARGV[1] == '1' then
  if after ~= '' then
    local place = redis.call('LPOS', key, after, 'RANK', -1, 'MAXLEN', past + tonumber(ARGV[5]))
    -- A job that is gone has run, and so have all that were to run before it.
    past = place and redis.call('LLEN', key) - place or 0
  end
  local ids = redis.call('LRANGE', key, -(past + count), -(past + 1))
  local turned = {}
  for i = #ids, 1, -1 do turned[#turned + 1] = ids[i] end
  return turned
end
local rank = after ~= '' and redis.call('ZRANK', key, after)
if rank then past = rank + 1 end
return redis.call('ZRANGE', key, past, past + count - 1)
