-- Sets a record aside whose type is not `kind`, or whatever it is where `kind` is empty: under another name, for a while. What was
-- set aside under that name before gives way. Returns whether it did.
local function set_aside(key, kind, aside, keep_ms)
  local found = redis.call('TYPE', key).ok
  if found == 'none' or found == kind then return false end
  redis.call('UNLINK', aside)
  redis.call('RENAME', key, aside)
  redis.call('PEXPIRE', aside, keep_ms)
  return true
end
