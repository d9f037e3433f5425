-- Removes one job of a queue kept by BullMQ 4, 5 or 6 with all jobs below it in its flow, in one step, and writes an entry for each
-- of them. It leaves in Redis what that BullMQ's own `job.remove({removeChildren: true})` leaves (4.18, 5.81 and 6.7), but the job
-- itself never waits in between, and a parent that waited for it alone keeps its priority and its delay. Unlike BullMQ, it
-- refuses active jobs, and finished children that a worker holds.
-- Follows removal.lua.
--
-- Parameters: the SHA-1 of the data that the entry keeps, in hex, or `none`; how many jobs are below it; then for each of them,
-- children behind their parents: the prefix of its queue's keys, its id, the digest of its data, the audit's list of it, where a
-- large change is kept, n, and n fields and values kept there, n, and n fields and values of its entry.
-- Returns 1, GONE, WRONG_STATE, LOCKED, SCHEDULED, or CHANGED where the data of a job, or what is below it, is other by now.
local function read_jobs()
  local jobs = {{prefix = string.sub(job, 1, #job - #id), id = id, key = job, digest = parameters[1]}}
  local at = 2
  local function take()
    at = at + 1
    return parameters[at]
  end
  local function take_all()
    local all = {}
    for _ = 1, tonumber(take()) do all[#all + 1] = take() end
    return all
  end
  for _ = 1, tonumber(parameters[2]) do
    local one = {prefix = take(), id = take(), digest = take(), list = take(), change = take()}
    one.key, one.kept_beside, one.entry = one.prefix .. one.id, take_all(), take_all()
    jobs[#jobs + 1] = one
  end
  return jobs
end

local jobs, goes = read_jobs(), {}
for _, one in ipairs(jobs) do goes[one.key] = true end

-- Whether a job has a child that is there and does not go with it.
local function has_another_child(key)
  local children = redis.call("SMEMBERS", key .. ":dependencies")
  for _, kind in ipairs({":processed", ":failed"}) do
    for _, child in ipairs(redis.call("HKEYS", key .. kind)) do children[#children + 1] = child end
  end
  for _, child in ipairs(redis.call("ZRANGE", key .. ":unsuccessful", 0, -1)) do children[#children + 1] = child end
  for _, child in ipairs(children) do
    if not goes[child] and redis.call("EXISTS", child) == 1 then return true end
  end
end

-- What keeps a job from being removed; nil and its place where nothing does.
local function why_not(one)
  if redis.call("EXISTS", one.key) == 0 then return one.key == job and GONE or CHANGED end
  if redis.call("EXISTS", one.key .. ":lock") == 1 then return LOCKED end
  local place = place_in(one.prefix, one.id, true)
  if not place then return WRONG_STATE end
  if is_next_of_scheduler(one.prefix, one.id) then return SCHEDULED end
  -- Refused here where the key is not a stream, before anything is written.
  redis.call("XLEN", one.prefix .. "events")
  if is_other(one.key, one.digest) or has_another_child(one.key) then return CHANGED end
  return nil, place
end

for _, one in ipairs(jobs) do
  local why, place = why_not(one)
  if why then return why end
  one.place = place
  one.deduplication = held_deduplication(one.prefix, one.id)
end

local version, told = bull_major(meta)
local of_4 = is_of_4(version, told)

-- The entry of a job below the one that was asked for.
local function record_child(one)
  local stream_id = redis.call("XADD", audit, "*", unpack(one.entry))
  undoing("XDEL", audit, stream_id)
  redis.call("LPUSH", one.list, stream_id)
  undoing("LREM", one.list, 1, stream_id)
  if #one.kept_beside > 0 then
    redis.call("HSET", one.change, unpack(one.kept_beside))
    undoing("DEL", one.change)
  end
end

-- Says on its queue's stream that a job is removed, and writes what BullMQ 5 and 6 write there for want of a limit.
local function tell_removed(one)
  local limit = tonumber(redis.call("HGET", one.prefix .. "meta", "opts.maxLenEvents") or "")
  tell(one.prefix .. "events", limit or 10000, "event", "removed", "jobId", one.id, "prev", one.place.name)
  if of_4 or limit then return end
  redis.call("HSET", one.prefix .. "meta", "opts.maxLenEvents", 10000)
  undoing("HDEL", one.prefix .. "meta", "opts.maxLenEvents")
end

local refused = operate({
  {"ZADD", completed, "XX", 0, ""},
  {"ZREM", completed, ""},
  {"LREM", active, 1, ""},
  -- The lock does not exist: see above.
  {"DEL", lock},
  {"UNLINK", lock},
}, function()
  for i = 2, #jobs do record_child(jobs[i]) end
  local parent = parent_key()
  if parent then release(job, parent, of_4) end
  for i = #jobs, 1, -1 do tell_removed(jobs[i]) end
  -- From here on nothing may be refused: taking it back could not restore the places.
  for _, one in ipairs(jobs) do
    take_out(one.place, one.id)
    if not of_4 and one.deduplication then let_others_in(one.prefix, one.deduplication) end
    delete_job(one.key, of_4)
  end
end)
if refused then return refused end
if list_kept ~= "0" then
  for i = 2, #jobs do
    redis.pcall("PEXPIRE", jobs[i].list, list_kept)
    if #jobs[i].kept_beside > 0 then redis.pcall("PEXPIRE", jobs[i].change, list_kept) end
  end
end
return 1
