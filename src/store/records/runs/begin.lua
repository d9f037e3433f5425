-- Begins or continues a run: writes its record, its lease, its hold on its queues and its audit entry, or none of them.
--
-- KEYS  1 the run   2 the set of runs   3 the run's lease   4 the audit stream   5… what says which run has each queue
-- ARGV  1 'begin' or 'go on'   2 the run's id   3 the lease's token   4 how long the lease is kept, in ms   5 now, in ms
--       6 how many runs are kept   7 8 9 what the keys of runs, of leases and of what stayed begin with
--       10 n, how many of the next belong to the run   11… n fields and values of the run   then the entry's
-- Returns {'begun'}, {'busy', the run that holds a queue}, {'gone'}, or {'over'} if the run has ended already.
local run, runs, lease, audit = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local mode, id, token, keep, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local function under_way(other)
  local state = redis.call('HGET', ARGV[7] .. other, 'state')
  return (state == 'running' or state == 'stopping') and redis.call('EXISTS', ARGV[8] .. other) == 1
end

if mode == 'go on' then
  local state = redis.call('HGET', run, 'state')
  if not state then return {'gone'} end
  if state == 'done' then return {'over'} end
  if under_way(id) then return {'busy', id} end
end
for i = 5, #KEYS do
  local other = redis.call('GET', KEYS[i])
  if other and other ~= id and under_way(other) then return {'busy', other} end
end

local n = tonumber(ARGV[10])
local fields, entry = {}, {}
for i = 11, 10 + n do fields[#fields + 1] = ARGV[i] end
for i = 11 + n, #ARGV do entry[#entry + 1] = ARGV[i] end
local recorded = redis.call('XADD', audit, '*', unpack(entry))
local answer = redis.pcall('HSET', run, unpack(fields))
if type(answer) == 'table' and answer.err then
  redis.call('XDEL', audit, recorded)
  return answer
end
redis.call('SET', lease, token, 'PX', keep)
for i = 5, #KEYS do redis.call('SET', KEYS[i], id) end
redis.call('ZADD', runs, 'NX', now, id)
for _, old in ipairs(redis.call('ZRANGE', runs, 0, -1 - tonumber(ARGV[6]))) do
  if not under_way(old) then
    redis.call('DEL', ARGV[7] .. old, ARGV[9] .. old, ARGV[9] .. old .. ':freed')
    redis.call('ZREM', runs, old)
  end
end
return {'begun'}
