-- Whether a job still matters to a live flow. Comes before the scripts that use it.

-- Whether a job with this key exists and has not finished.
local function is_live(key)
  return redis.call('TYPE', key).ok == 'hash' and redis.call('HEXISTS', key, 'finishedOn') == 0
end

-- The key of a live parent or child of a job, and which of the two it is; or nil.
local function live_relative(job, parent)
  if parent and parent ~= '' and is_live(parent) then return 'parent', parent end
  local children = job .. ':dependencies'
  if redis.call('TYPE', children).ok ~= 'set' then return nil end
  -- A finished job seldom waits for more than a few; more than this can't be checked in one step.
  if redis.call('SCARD', children) > 1000 then return 'child', children end
  for _, child in ipairs(redis.call('SMEMBERS', children)) do
    if is_live(child) then return 'child', child end
  end
  return nil
end
