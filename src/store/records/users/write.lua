-- Adds, changes or removes a user, and writes the audit entry first: no entry, no change. One admin who may sign in always
-- stays: that is decided here, so that two who disable each other at once can't both succeed.
--
-- KEYS  1 the audit stream   2 the user's hash   3 the set of all users   4 the networks the user signed in from
-- ARGV  1 'add', 'change' or 'remove'   2 the user's name   3 the stamp that was read; '' to add
--       4 what the keys of users begin with
--       5 n, how many of the next belong to the user
--       6… n fields and values of the user   then the audit entry's fields and values
-- Returns 'done', 'exists', 'missing', 'stale' where the user was changed since it was read, or 'last admin'.
local exists = redis.call('EXISTS', KEYS[2]) == 1
if ARGV[1] == 'add' and exists then return 'exists' end
if ARGV[1] ~= 'add' and not exists then return 'missing' end
if exists and redis.call('HGET', KEYS[2], 'stamp') ~= ARGV[3] then return 'stale' end

local n = tonumber(ARGV[5])
local user, entry = {}, {}
for i = 6, 5 + n do user[#user + 1] = ARGV[i] end
for i = 6 + n, #ARGV do entry[#entry + 1] = ARGV[i] end

-- Whether this hash is that of an admin who may sign in, once `changed`, fields and values in turn, is written to it.
local function is_admin(key, changed)
  local answer = redis.pcall('HMGET', key, 'role', 'disabled')
  -- A key of another type is not a user.
  if answer.err then return false end
  local kept = {role = answer[1], disabled = answer[2]}
  for i = 1, #changed, 2 do kept[changed[i]] = changed[i + 1] end
  return kept.role == 'admin' and kept.disabled ~= '1'
end

local function is_another_admin()
  for _, name in ipairs(redis.call('SMEMBERS', KEYS[3])) do
    if name ~= ARGV[2] and is_admin(ARGV[4] .. name, {}) then return true end
  end
  return false
end

local stays = ARGV[1] ~= 'remove' and is_admin(KEYS[2], user)
if is_admin(KEYS[2], {}) and not stays and not is_another_admin() then return 'last admin' end

-- Asked first, so that a key of another type refuses before anything is written.
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
