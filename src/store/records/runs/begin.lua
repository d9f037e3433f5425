-- Begins or continues a run: writes its record, its lease, its hold on its queues and its audit entry, or none of them. A part
-- before it says what else has to be met (`unmet`) and what is written beside it (`settle`), with an entry of its own.
--
-- KEYS  1 the run   2 the set of runs   3 the run's lease   4 the audit stream   5… those of the part before, then what says
--       which run has each queue
-- ARGV  1 'begin' or 'go on'   2 the run's id   3 the lease's token   4 how long the lease is kept, in ms   5 now, in ms
--       6 how many runs are kept   7 8 9 what the keys of runs, of leases and of what stayed begin with
--       10 how many keys the part before has   11 the bytes that it compares
--       then c, how many of the next are its conditions, and the conditions
--       then e, how many of the next belong to its entry, and the entry's fields and values
--       then n, how many of the next belong to the run, and n fields and values of the run
--       then the entry's of the run
-- Returns {'begun'}, {'busy', the run that holds a queue}, {'gone'}, {'over'} if the run has ended already, or what `unmet`
-- says.
local run, runs, lease, audit = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local mode, id, token, keep, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local next_argument = 12
local function counted()
  local taken = {}
  local last = next_argument + tonumber(ARGV[next_argument])
  for i = next_argument + 1, last do taken[#taken + 1] = ARGV[i] end
  next_argument = last + 1
  return taken
end
local condition, beside, fields, entry = counted(), counted(), counted(), {}
for i = next_argument, #ARGV do entry[#entry + 1] = ARGV[i] end
local key, holds = {}, {}
for i = 5, #KEYS do
  local of = i <= 4 + tonumber(ARGV[10]) and key or holds
  of[#of + 1] = KEYS[i]
end

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
local why = unmet(key, condition, ARGV[11])
if why then return why end
for _, hold in ipairs(holds) do
  local other = redis.call('GET', hold)
  if other and other ~= id and under_way(other) then return {'busy', other} end
end

local written = {}
if #beside > 0 then written[1] = redis.call('XADD', audit, '*', unpack(beside)) end
written[#written + 1] = redis.call('XADD', audit, '*', unpack(entry))
local answer = redis.pcall('HSET', run, unpack(fields))
if type(answer) == 'table' and answer.err then
  redis.call('XDEL', audit, unpack(written))
  return answer
end
redis.call('SET', lease, token, 'PX', keep)
for _, hold in ipairs(holds) do redis.call('SET', hold, id) end
settle(key, condition)
redis.call('ZADD', runs, 'NX', now, id)
for _, old in ipairs(redis.call('ZRANGE', runs, 0, -1 - tonumber(ARGV[6]))) do
  if not under_way(old) then
    redis.call('DEL', ARGV[7] .. old, ARGV[9] .. old, ARGV[9] .. old .. ':freed')
    redis.call('ZREM', runs, old)
  end
end
return {'begun'}
