-- Adds, changes or removes a user, and writes the audit entry first: no entry, no change.
--
-- KEYS  1 the audit stream   2 the user's hash   3 the set of all users   4 the networks the user signed in from
--       5 the hash of another user who must not have changed, or any
-- ARGV  1 'add', 'change' or 'remove'   2 the user's name   3 the stamp that was read; '' to add
--       4 the stamp of that other user; '' where there need not be one
--       5 n, how many of the next belong to the user
--       6… n fields and values of the user   then the audit entry's fields and values
-- Returns 'done', 'exists', 'missing', or 'stale' if the user or the other one was changed since they were read.
local exists = redis.call('EXISTS', KEYS[2]) == 1
if ARGV[1] == 'add' and exists then return 'exists' end
if ARGV[1] ~= 'add' and not exists then return 'missing' end
if exists and redis.call('HGET', KEYS[2], 'stamp') ~= ARGV[3] then return 'stale' end
if ARGV[4] ~= '' and redis.call('HGET', KEYS[5], 'stamp') ~= ARGV[4] then return 'stale' end

local n = tonumber(ARGV[5])
local user, entry = {}, {}
for i = 6, 5 + n do user[#user + 1] = ARGV[i] end
for i = 6 + n, #ARGV do entry[#entry + 1] = ARGV[i] end
-- Checked first, so that a key of another type fails before anything is written.
redis.call('SISMEMBER', KEYS[3], ARGV[2])
local id = redis.call('XADD', KEYS[1], '*', unpack(entry))

local answer
if ARGV[1] == 'remove' then
  answer = redis.pcall('DEL', KEYS[2])
else
  answer = redis.pcall('HSET', KEYS[2], unpack(user))
end
if type(answer) == 'table' and answer.err then
  redis.call('XDEL', KEYS[1], id)
  return answer
end
redis.call(ARGV[1] == 'remove' and 'SREM' or 'SADD', KEYS[3], ARGV[2])
-- The next user with this name starts without known networks.
if ARGV[1] == 'remove' then redis.call('DEL', KEYS[4]) end
return 'done'
