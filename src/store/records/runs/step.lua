-- Comes first in every script that does a piece of a run. The script checks `run_is_held` before it changes anything, and
-- counts what it did with `run_did`, so that the figures are exact whenever the process ends.

-- Whether the run is still this process's, and was not told to stop.
local function run_is_held(run, lease, token)
  return redis.call('GET', lease) == token and redis.call('HGET', run, 'state') == 'running'
end

-- Counts `done` more, and keeps the lease for `keep` ms. To be called behind the first write of the piece: a script's first write is the one that Redis
-- refuses when it is out of memory, and that has to be the piece itself.
local function run_did(run, lease, done, now, keep)
  if done > 0 then redis.call('HINCRBY', run, 'done', done) end
  redis.call('HSET', run, 'updated', now)
  redis.call('PEXPIRE', lease, keep)
end
