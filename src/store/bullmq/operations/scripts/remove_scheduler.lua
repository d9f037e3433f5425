-- Removes a scheduler or repeatable job and the job that it made for its next run, as BullMQ's removeJobScheduler and
-- removeRepeatable do, and writes the audit entry first: no entry, no change.
--
-- KEYS  1 repeat  zset   2 repeat:<id>  hash   3 delayed  zset   4 events  stream   5 the audit stream
--       6 the beginning of the next job's key; the time it is due follows
-- ARGV  1 the scheduler's id   2 the beginning of the next job's id   3 the revision that the person saw
--       4… the audit entry's fields and values
-- Returns 1; 0 if there is no such scheduler; -9 if it was changed. Only with 1 anything is written.
local schedulers, stored, delayed, events, audit, job_key = unpack(KEYS)
local id, job_id, revision = unpack(ARGV, 1, 3)

local due = redis.call('ZSCORE', schedulers, id)
if not due then return 0 end
if scheduler_revision(stored) ~= revision then return -9 end

-- What Redis would refuse later is refused here, with nothing changed.
redis.call('ZREM', schedulers, '')
redis.call('ZREM', delayed, '')
redis.call('XDEL', events, '0-1')
redis.call('XDEL', audit, '0-1')
local job = job_key .. due
local beside = {':logs', ':dependencies', ':processed', ':failed', ':unsuccessful'}
redis.call('DEL', job .. ':' , stored .. ':')

local entry = {}
for i = 4, #ARGV do entry[#entry + 1] = ARGV[i] end
redis.call('XADD', audit, '*', unpack(entry))
if redis.call('ZREM', delayed, job_id .. due) == 1 then
  redis.call('DEL', job)
  for _, suffix in ipairs(beside) do redis.call('DEL', job .. suffix) end
  redis.call('XADD', events, '*', 'event', 'removed', 'jobId', job_id .. due, 'prev', 'delayed')
end
redis.call('ZREM', schedulers, id)
redis.call('DEL', stored)
return 1
