-- Comes first in the scripts that move jobs or check whether they could move: what keeps a job in its queue.
--
-- ARGV  1 2 what the keys of the source and of the target begin with: {prefix}:{queue}:
--       3 the last part of the key of the jobs' state: wait, paused, prioritized, delayed or failed
--       4 how far from the end that is taken from a list is searched for a job
local from, to, suffix, within = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local state_key = from .. suffix
local is_list = suffix == 'wait' or suffix == 'paused'

-- Why the job stays, or nil; then its deid, and its place: its score where the state is a sorted set. One whose id was
-- counted up gets another in the target.
local function why_not(id, is_counted)
  local place
  if is_list then
    place = redis.call('LPOS', state_key, id, 'RANK', -1, 'MAXLEN', within)
  else
    place = redis.call('ZSCORE', state_key, id)
  end
  if not place then return 'gone' end
  local job = from .. id
  if redis.call('TYPE', job).ok ~= 'hash' then return 'strange' end
  local fields = redis.call('HMGET', job, 'deid', 'rjk', 'parentKey')
  if redis.call('EXISTS', job .. ':lock') == 1 then return 'locked' end
  if fields[3] and fields[3] ~= '' then return 'child' end
  local below = redis.call('EXISTS', job .. ':dependencies', job .. ':processed', job .. ':failed', job .. ':unsuccessful')
  if below > 0 then return 'parent' end
  if (fields[2] and fields[2] ~= '') or string.sub(id, 1, 7) == 'repeat:' then return 'scheduled' end
  if not is_counted and redis.call('EXISTS', to .. id, to .. id .. ':logs', to .. id .. ':lock') > 0 then return 'taken' end
  local deid = fields[1]
  if deid and redis.call('EXISTS', to .. 'de:' .. deid, to .. 'dn:' .. deid) > 0 then return 'deduplicated' end
  return nil, deid, place
end
