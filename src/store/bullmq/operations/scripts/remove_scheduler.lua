-- Removes a scheduler or repeatable job and the job that it made for its next run, as BullMQ's removeJobScheduler and
-- removeRepeatable do, and writes the audit entry first: no entry, no change.
--
-- KEYS  1 repeat  zset   2 repeat:<id>  hash   3 delayed  zset   4 events  stream   5 the audit stream
--       6 the beginning of the next job's key; the time it is due follows
--       7 where a large change is kept beside its entry
-- ARGV  1 the scheduler's id   2 the beginning of the next job's id   3 the revision that the person saw
--       4 the SHA-1 of the next job's data that the entry keeps, in hex; '' if it is the template's
--       5 how long to keep a large change, in ms, 0 for ever
--       6 n, and n fields and values that are kept beside the entry   then the entry's fields and values
-- Returns 1; 0 if there is no such scheduler; -9 if it was changed; -10 if the data of its next job was. Only with 1 anything is
-- written.
-- Follows scheduler_revision.lua and edited_next_job.lua.
local schedulers, stored, delayed, events, audit, job_key, audit_change = unpack(KEYS)
local id, job_id, revision, kept_data, change_kept = unpack(ARGV, 1, 5)
local kept_beside, entry = {}, {}
local last_beside = 6 + tonumber(ARGV[6])
for i = 7, last_beside do kept_beside[#kept_beside + 1] = ARGV[i] end
for i = last_beside + 1, #ARGV do entry[#entry + 1] = ARGV[i] end

local due = redis.call('ZSCORE', schedulers, id)
if not due then return 0 end
if scheduler_revision(stored) ~= revision then return -9 end
local job = job_key .. due
if redis.call('ZSCORE', delayed, job_id .. due) and is_edited_unseen(stored, job, kept_data) then return -10 end

-- What Redis would refuse later is refused here, with nothing changed.
redis.call('ZREM', schedulers, '')
redis.call('ZREM', delayed, '')
redis.call('XDEL', events, '0-1')
redis.call('XDEL', audit, '0-1')
local beside = {':logs', ':dependencies', ':processed', ':failed', ':unsuccessful'}
redis.call('DEL', job .. ':' , stored .. ':')

if #kept_beside > 0 then
  redis.call('HSET', audit_change, unpack(kept_beside))
  if change_kept ~= '0' then redis.call('PEXPIRE', audit_change, change_kept) end
end
redis.call('XADD', audit, '*', unpack(entry))
if redis.call('ZREM', delayed, job_id .. due) == 1 then
  redis.call('DEL', job)
  for _, suffix in ipairs(beside) do redis.call('DEL', job .. suffix) end
  redis.call('XADD', events, '*', 'event', 'removed', 'jobId', job_id .. due, 'prev', 'delayed')
end
redis.call('ZREM', schedulers, id)
redis.call('DEL', stored)
return 1
