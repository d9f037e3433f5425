-- BullMQ's updateData, compared and audited in one step: no edit is lost, none overwrites another unseen, none is
-- unaudited. A part before it says what else has to be met (`unmet`) and what is written beside it (`settle`).
--
-- KEYS  1 the job's hash   2 its lock   3 the queue's active list   4 the audit stream   5 the audit's list of this job
--       6 where a large change is kept beside its entry   7… those of the part before
-- ARGV  1 the job's id     2 the data's bytes that the edit was made from   3 '1' where the job had no data instead
--       4 the new bytes    5 '1' where the job is to have no data instead   6 how long to keep the list, in ms, 0 for ever
--       7 c, how many of the next are the conditions   8… the conditions
--       then n, how many of the next are kept beside the entry, and n fields and values of the large change
--       then the audit entry's fields and values
-- Returns {'saved', stream id}, {'gone'}, {'locked'}, {'active'}, {'stale'} or what `unmet` says; raises what Redis refuses,
-- with nothing changed.
--
-- The entry is written before the data: a script that fails half-way is not rolled back, and an entry without an edit can
-- be taken back where an edit without an entry can't be explained.
local c, condition = tonumber(ARGV[7]), {}
for i = 8, 7 + c do condition[#condition + 1] = ARGV[i] end
local key = {}
for i = 7, #KEYS do key[#key + 1] = KEYS[i] end
local why = unmet(key, condition, ARGV[4])
if why then return why end
if redis.call('EXISTS', KEYS[1]) == 0 then return {'gone'} end
local stored = redis.call('HGET', KEYS[1], 'data')
if redis.call('EXISTS', KEYS[2]) == 1 then return {'locked'} end
if redis.call('LPOS', KEYS[3], ARGV[1]) then return {'active'} end
if ARGV[3] == '1' then
  if stored then return {'stale'} end
elseif stored ~= ARGV[2] then
  return {'stale'}
end

local apart, entry = {}, {}
local n = tonumber(ARGV[8 + c])
for i = 9 + c, 8 + c + n do apart[#apart + 1] = ARGV[i] end
for i = 9 + c + n, #ARGV do entry[#entry + 1] = ARGV[i] end
local id = redis.call('XADD', KEYS[4], '*', unpack(entry))

local function orTakeBack(answer)
  if type(answer) == 'table' and answer.err then
    redis.call('XDEL', KEYS[4], id)
    redis.pcall('LREM', KEYS[5], 1, id)
    if n > 0 then redis.pcall('DEL', KEYS[6]) end
    return answer
  end
end

local refused = orTakeBack(redis.pcall('LPUSH', KEYS[5], id))
if refused then return refused end
if n > 0 then
  refused = orTakeBack(redis.pcall('HSET', KEYS[6], unpack(apart)))
  if refused then return refused end
end
local write = ARGV[5] == '1' and { 'HDEL', KEYS[1], 'data' } or { 'HSET', KEYS[1], 'data', ARGV[4] }
refused = orTakeBack(redis.pcall(unpack(write)))
if refused then return refused end
settle(key, condition)
if ARGV[6] ~= '0' then
  redis.pcall('PEXPIRE', KEYS[5], ARGV[6])
  if n > 0 then redis.pcall('PEXPIRE', KEYS[6], ARGV[6]) end
end
return {'saved', id}
