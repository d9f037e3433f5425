-- Removes some finished jobs of a version, or its other keys once there are none. Follows runs/step.lua and live_flow.lua.
--
-- BullMQ's own obliterate would also remove jobs that arrive between two of its steps. This script checks in the same step
-- whether a job is outstanding or anything has happened, and changes nothing then. All checks come before the first write,
-- since a script that fails midway is not rolled back.
--
-- KEYS  1 the run   2 its lease   3 completed   4 failed   5 repeat   6 events
--       7 wait   8 paused   9 active   10 delayed   11 prioritized   12 waiting-children
-- ARGV  1 the lease's token   2 how long to keep it, in ms   3 now, in ms   4 what the queue's keys begin with
--       5 how many jobs at most   6 the newest event's id as it was before, or '-'
-- Returns {'removed', n}, {'gone'}, {'halted'}, {'jobs', state, n}, {'schedulers', n}, {'worker'}, {'event', its name}
-- or {'flow', id, what its relative is, the relative's key}.
local run, lease, base = KEYS[1], KEYS[2], ARGV[4]
if not run_is_held(run, lease, ARGV[1]) then return { 'halted' } end

-- BullMQ 4 keeps markers `0:<time>` among the waiting ids; they are not jobs.
local function waiting(key)
  local count = redis.call('LLEN', key)
  if count > 0 and count <= 50 then
    for _, id in ipairs(redis.call('LRANGE', key, 0, -1)) do
      if string.sub(id, 1, 2) == '0:' then count = count - 1 end
    end
  end
  return count
end

local outstanding = {
  { 'waiting', waiting(KEYS[7]) },
  { 'paused', waiting(KEYS[8]) },
  { 'active', redis.call('LLEN', KEYS[9]) },
  { 'delayed', redis.call('ZCARD', KEYS[10]) },
  { 'prioritized', redis.call('ZCARD', KEYS[11]) },
  { 'waiting-children', redis.call('ZCARD', KEYS[12]) },
}
for _, state in ipairs(outstanding) do
  if state[2] > 0 then return { 'jobs', state[1], state[2] } end
end
local schedulers = redis.call('ZCARD', KEYS[5])
if schedulers > 0 then return { 'schedulers', schedulers } end
-- Every worker, named or not, leaves this for half a minute.
if redis.call('EXISTS', base .. 'stalled-check') == 1 then return { 'worker' } end
-- A job may have come and gone between two steps.
local newest = redis.call('XREVRANGE', KEYS[6], '+', '-', 'COUNT', 1)[1]
if newest and newest[1] ~= ARGV[6] then
  local name = 'event'
  for i = 1, #newest[2], 2 do
    if newest[2][i] == 'event' then name = newest[2][i + 1] end
  end
  return { 'event', name }
end

-- Collects the jobs to remove, and the keys that list each of them.
local limit = tonumber(ARGV[5])
local gone, taken, struck = {}, {}, {}
local function look(set)
  local ids = redis.call('ZRANGE', set, 0, limit - #taken - 1)
  for _, id in ipairs(ids) do
    local job = base .. id
    if redis.call('TYPE', job).ok == 'hash' then
      local fields = redis.call('HMGET', job, 'parentKey', 'deid')
      local parent, deduplication = fields[1], fields[2]
      local kind, key = live_relative(job, parent)
      if kind then return { 'flow', id, kind, key } end
      if parent and redis.call('TYPE', parent .. ':dependencies').ok == 'set' then
        struck[#struck + 1] = { parent .. ':dependencies', job }
      end
      if deduplication then
        local names = base .. 'de:' .. deduplication
        if redis.call('TYPE', names).ok == 'string' and redis.call('GET', names) == id then
          gone[#gone + 1] = names
          gone[#gone + 1] = base .. 'dn:' .. deduplication
        end
      end
    end
    gone[#gone + 1] = job
    for _, suffix in ipairs({ 'lock', 'logs', 'dependencies', 'processed', 'failed', 'unsuccessful' }) do
      gone[#gone + 1] = job .. ':' .. suffix
    end
    taken[#taken + 1] = { set, id }
  end
end
local matters = look(KEYS[3])
if not matters and #taken < limit then matters = look(KEYS[4]) end
if matters then return matters end

if #taken == 0 then
  for _, suffix in ipairs({
    'events', 'delay', 'stalled-check', 'stalled', 'id', 'pc', 'marker', 'limiter', 'wait', 'paused',
    'metrics:completed', 'metrics:completed:data', 'metrics:failed', 'metrics:failed:data', 'meta',
  }) do
    redis.call('UNLINK', base .. suffix)
  end
  run_did(run, lease, 0, ARGV[3], ARGV[2])
  return { 'gone' }
end
-- Nothing below can fail: the types were checked, and these commands need no memory.
for _, job in ipairs(taken) do redis.call('ZREM', job[1], job[2]) end
for _, child in ipairs(struck) do redis.call('SREM', child[1], child[2]) end
for from = 1, #gone, 1000 do
  redis.call('UNLINK', unpack(gone, from, math.min(from + 999, #gone)))
end
run_did(run, lease, #taken, ARGV[3], ARGV[2])
return { 'removed', #taken }
