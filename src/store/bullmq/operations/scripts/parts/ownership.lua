-- What belongs to a job: the schedule that continues from it, and its deduplication key.
-- A `prefix` is what the keys of a queue begin with, its last colon included.

-- Whether it is the job that its scheduler continues from: the one made last, until a worker that took it has made the next one.
local function is_next_of_scheduler(prefix, one)
  local scheduler = redis.call("HGET", prefix .. one, "rjk")
  local due = scheduler and redis.call("ZSCORE", prefix .. "repeat", scheduler)
  -- BullMQ 4 has a digest in place of the scheduler's name.
  return due and string.sub(one, 1, 7) == "repeat:" and string.sub(one, -#due - 1) == ":" .. due
end

-- The deduplication id of a job that the key of it names: while it does, BullMQ 5 and 6 refuse other jobs with that id.
-- Redis refuses to read a key that is no string, so this is asked before the first write.
local function held_deduplication(prefix, one)
  local deduplication = redis.call("HGET", prefix .. one, "deid")
  return deduplication and redis.call("GET", prefix .. "de:" .. deduplication) == one and deduplication
end

local function let_others_in(prefix, deduplication)
  redis.call("UNLINK", prefix .. "de:" .. deduplication, prefix .. "dn:" .. deduplication)
end
