-- Whether a job still matters to a flow that is not over. To be put before the scripts that ask it.

-- Whether there is a job with this key that has not finished.
local function is_live(key)
  return redis.call('TYPE', key).ok == 'hash' and redis.call('HEXISTS', key, 'finishedOn') == 0
end

-- The key of a live parent or child of a job with what it is, or nil.
local function live_relative(job, parent)
  if parent and parent ~= '' and is_live(parent) then return 'parent', parent end
  local children = job .. ':dependencies'
  if redis.call('TYPE', children).ok ~= 'set' then return nil end
  -- A job that has finished waits for no more than a few; so many can't all be looked at in one step.
  if redis.call('SCARD', children) > 1000 then return 'child', children end
  for _, child in ipairs(redis.call('SMEMBERS', children)) do
    if is_live(child) then return 'child', child end
  end
  return nil
end
