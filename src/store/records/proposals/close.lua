-- Closes a proposal that is not applied, and writes the audit entry that says so, in one step. It follows decide.lua.
--
-- KEYS  1 the audit stream   2 the proposal   3 the bytes that it keeps   4 the pending proposals, a hash
--       5 the decided ones, a sorted set   6 the audit's list of the job; only where it is about one
-- ARGV  1 the proposal's id   2 its new status   3 who decided   4 why
--       5 for how long its record is kept, in ms   6 how many decided ones are kept
--       7 how long to keep the audit's list, in ms, 0 for ever   8 '1' where it may have expired   9… the audit entry's fields
-- Returns 'closed', 'expired', or the status where it is not pending any more; '' where there is none.
local kept = redis.call('HMGET', KEYS[2], 'status', 'expires')
if kept[1] ~= 'pending' then return kept[1] or '' end
local at = now()
if ARGV[8] ~= '1' and at >= tonumber(kept[2]) then return 'expired' end

local entry = {}
for i = 9, #ARGV do entry[#entry + 1] = ARGV[i] end
if KEYS[6] then redis.call('LLEN', KEYS[6]) end
redis.call('ZCARD', KEYS[5])
local id = redis.call('XADD', KEYS[1], '*', unpack(entry))
if KEYS[6] then
  redis.call('LPUSH', KEYS[6], id)
  if ARGV[7] ~= '0' then redis.call('PEXPIRE', KEYS[6], ARGV[7]) end
end
redis.call('HSET', KEYS[2], 'why', ARGV[4])
decide({KEYS[2], KEYS[3], KEYS[4], KEYS[5]}, ARGV[1], ARGV[2], ARGV[3], at, ARGV[5], ARGV[6])
return 'closed'
