-- Moves jobs from one queue to another, one after the other, each with its audit entry, or skips a job. A moved job keeps
-- its state, and both queues look as after BullMQ's own add and remove (5.81 and 6.7, which differ in where a job waits
-- while its queue is paused). Follows runs/step.lua, enqueue.lua and check.lua.
--
-- A script is not rolled back. So the keys' types are checked first. Redis refuses a write for lack of memory only before a
-- script's first one (7.0), which is the run's own. The commands that taking back needs are tried first where they change
-- nothing. And if a command fails after that, such as one that the user may not run, everything written for that job is
-- taken back.
--
-- KEYS  1 the run   2 its lease   3 the audit stream   4 the source's meta   5 the target's meta
-- ARGV  1–4 see check.lua   5 the lease's token   6 how long to keep it, in ms   7 now, in ms
--       8 how long to keep a job's list of entries, in ms, 0 for ever
--       9 10 what the lists of entries of the source's and the target's jobs begin with   11 the same for large changes
--       then for each job: its id, '1' where that was counted up, the SHA-1 its data must have or '', '1' where its data is to be changed, the new data, its
--       entry's event, n and n fields and values of its entry, n and n of its large change
-- Returns {'halted'} if the run is not held, or {'went', what Redis refused or '', for each job 'moved' or why not…}.
local run, lease, audit, source_meta, target_meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local token, lease_kept, now, list_kept = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local entries_here, entries_there, changes = ARGV[9], ARGV[10], ARGV[11]
if not run_is_held(run, lease, token) then return {'halted'} end

local function other_type(kind, ...)
  for _, key in ipairs({...}) do
    local found = redis.call('TYPE', key).ok
    if found ~= 'none' and found ~= kind then
      return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. found .. ' and should be a ' .. kind)
    end
  end
end
local wrong = other_type('list', from .. 'wait', from .. 'paused', to .. 'wait', to .. 'paused', to .. 'active')
  or other_type('zset', from .. 'prioritized', from .. 'delayed', from .. 'failed')
  or other_type('zset', to .. 'prioritized', to .. 'delayed', to .. 'failed', to .. 'marker')
  or other_type('stream', from .. 'events', to .. 'events', audit)
  or other_type('string', to .. 'id', to .. 'pc')
if wrong then return wrong end
redis.call('HSET', run, 'updated', now)
redis.call('LREM', to .. 'wait', 1, '')
redis.call('ZREM', to .. 'failed', '')
redis.call('XDEL', audit, '0-1')

local version = bull_major(target_meta)
local is_paused = redis.call('HEXISTS', target_meta, 'paused') == 1
local awake = not is_paused and not is_full(target_meta, to .. 'active')
local events_here = redis.call('HGET', source_meta, 'opts.maxLenEvents') or 10000
local events_there = redis.call('HGET', target_meta, 'opts.maxLenEvents')

-- The commands that take back what was written for the current job; run from the last to the first.
local undo
local function undoing(...) undo[#undo + 1] = {...} end

local function tell(events, most, ...)
  local id
  if most then
    id = redis.call('XADD', events, 'MAXLEN', '~', most, '*', ...)
  else
    id = redis.call('XADD', events, '*', ...)
  end
  undoing('XDEL', events, id)
end

-- The id that the target's own add would give the job, and by how much that counts up; it also counts jobs with ids of their own.
local function id_there(id, is_counted)
  if not is_counted then return id, 1 end
  local last, more, new = tonumber(redis.call('GET', to .. 'id') or '0'), 0, nil
  repeat
    more = more + 1
    new = string.format('%.0f', last + more)
  until redis.call('EXISTS', to .. new, to .. new .. ':logs', to .. new .. ':lock') == 0
  return new, more
end

local function record(job, new)
  local fields = job.entry
  fields[#fields + 1], fields[#fields + 2] = 'to_job', new
  local entry = redis.call('XADD', audit, '*', unpack(fields))
  undoing('XDEL', audit, entry)
  for _, list in ipairs({entries_here .. job.id, entries_there .. new}) do
    redis.call('LPUSH', list, entry)
    undoing('LREM', list, 1, entry)
    if list_kept ~= '0' then redis.call('PEXPIRE', list, list_kept) end
  end
  if #job.apart > 0 then
    local change = changes .. job.event
    redis.call('HSET', change, unpack(job.apart))
    undoing('DEL', change)
    if list_kept ~= '0' then redis.call('PEXPIRE', change, list_kept) end
  end
end

local function rename(old, new)
  redis.call('RENAME', old, new)
  undoing('RENAME', new, old)
end

-- Moves the job's own keys: its hash, its log, and the key that blocks others with its deduplication id, if that is the
-- job's.
local function carry(id, new, deid)
  rename(from .. id, to .. new)
  if redis.call('EXISTS', from .. id .. ':logs') == 1 then rename(from .. id .. ':logs', to .. new .. ':logs') end
  if not deid or redis.call('GET', from .. 'de:' .. deid) ~= id then return end
  rename(from .. 'de:' .. deid, to .. 'de:' .. deid)
  if new ~= id then
    redis.call('SET', to .. 'de:' .. deid, new, 'KEEPTTL')
    undoing('SET', to .. 'de:' .. deid, id, 'KEEPTTL')
  end
  if redis.call('EXISTS', from .. 'dn:' .. deid) == 1 then rename(from .. 'dn:' .. deid, to .. 'dn:' .. deid) end
end

local function add_sorted(set, score, id)
  redis.call('ZADD', set, score, id)
  undoing('ZREM', set, id)
end

-- A delayed job's score is its time × 4096 plus a counter, so that jobs of one time stay in order.
local function delayed_score(score)
  local due = math.floor(tonumber(score) / 0x1000)
  local last = redis.call('ZREVRANGEBYSCORE', to .. 'delayed', (due + 1) * 0x1000 - 1, due * 0x1000, 'WITHSCORES', 'LIMIT', 0, 1)[2]
  if not last or tonumber(last) < tonumber(score) then return score, due end
  return math.min(tonumber(last) + 1, (due + 1) * 0x1000 - 1), due
end

-- Adds the job to the same state in the target, with the event that the target's own add makes.
local function put(new, place)
  local told = {'event', 'waiting', 'jobId', new}
  if is_list then
    local list = list_to_join(version, is_paused, to .. 'wait', to .. 'paused')
    redis.call('LPUSH', list, new)
    undoing('LREM', list, 1, new)
  elseif suffix == 'prioritized' then
    local priority = tonumber(redis.call('HGET', to .. new, 'priority') or '') or math.floor(tonumber(place) / 0x100000000)
    add_sorted(to .. 'prioritized', priority_score(priority, to .. 'pc'), new)
  elseif suffix == 'delayed' then
    local score, due = delayed_score(place)
    add_sorted(to .. 'delayed', score, new)
    told = {'event', 'delayed', 'jobId', new, 'delay', due}
  else
    -- It failed in the source and not here, so there is no event.
    add_sorted(to .. 'failed', place, new)
    told = nil
  end
  tell(to .. 'events', nil, 'event', 'added', 'jobId', new, 'name', redis.call('HGET', to .. new, 'name') or '')
  if told then tell(to .. 'events', events_there, unpack(told)) end
end

local function wake()
  if suffix == 'delayed' then
    local first = redis.call('ZRANGE', to .. 'delayed', 0, 0, 'WITHSCORES')[2]
    redis.call('ZADD', to .. 'marker', tonumber(first) / 0x1000, '1')
  elseif suffix ~= 'failed' and awake then
    redis.call('ZADD', to .. 'marker', 0, '0')
  end
end

local function take_out(id, place)
  if is_list then
    redis.call('LREM', state_key, -1, id)
    undoing('RPUSH', state_key, id)
  else
    redis.call('ZREM', state_key, id)
    undoing('ZADD', state_key, place, id)
  end
  tell(from .. 'events', events_here, 'event', 'removed', 'jobId', id, 'prev', suffix)
end

local function move(job)
  local why, deid, place = why_not(job.id, job.counted)
  if why then return why end
  local data
  if job.sha1 ~= '' then
    data = redis.call('HGET', from .. job.id, 'data') or ''
    if redis.sha1hex(data) ~= job.sha1 then return 'changed' end
  end
  local new, more = id_there(job.id, job.counted)
  undo = {}
  record(job, new)
  redis.call('INCRBY', to .. 'id', more)
  if not events_there then
    events_there = 10000
    redis.call('HSET', target_meta, 'opts.maxLenEvents', events_there)
  end
  carry(job.id, new, deid)
  if job.changes then
    redis.call('HSET', to .. new, 'data', job.after)
    undoing('HSET', to .. new, 'data', data)
  end
  put(new, place)
  take_out(job.id, place)
  return 'moved'
end

local at = 12
local function take(count)
  local taken = {}
  for i = at, at + count - 1 do taken[#taken + 1] = ARGV[i] end
  at = at + count
  return taken
end
local function take_counted() return take(tonumber(take(1)[1])) end

local answer, moved, refused = {}, 0, ''
while at <= #ARGV and refused == '' do
  local head = take(6)
  local job = {id = head[1], counted = head[2] == '1', sha1 = head[3], changes = head[4] == '1', after = head[5], event = head[6]}
  job.entry, job.apart = take_counted(), take_counted()
  undo = {}
  local fine, came = pcall(move, job)
  if fine then
    answer[#answer + 1] = came
    if came == 'moved' then moved = moved + 1 end
  else
    for i = #undo, 1, -1 do redis.pcall(unpack(undo[i])) end
    refused = type(came) == 'table' and came.err or tostring(came)
  end
end
if moved > 0 then wake() end
if moved > 0 or refused == '' then run_did(run, lease, moved, now, lease_kept) end
return {'went', refused, unpack(answer)}
