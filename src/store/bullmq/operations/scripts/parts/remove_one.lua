-- Removes one job of a queue kept by BullMQ 4, 5 or 6, with everything of its own: logs, results of its children, its
-- deduplication key. It leaves in Redis what that BullMQ's own `queue.remove(id, {removeChildren: false})` leaves (4.18,
-- 5.81 and 6.7), but a parent that waited for this job alone keeps its priority and its delay. Unlike BullMQ, it refuses an
-- active job, and the next job of a scheduler, whose schedule would end with it in BullMQ 4. Its children stay.
-- Follows operation.lua, release.lua, ownership.lua and removal.lua.
--
-- Parameters: the SHA-1 of the data that the entry keeps, in hex; `none` where the entry keeps none, since the job
-- has none or was not there to be read.
-- Returns 1, GONE, WRONG_STATE, LOCKED, SCHEDULED, or CHANGED where the data is other by now.

-- `is_waiting_parent` says whether it is a job that waits for its children; the other kind is refused.
local function remove_one(is_waiting_parent)
  local prefix = string.sub(job, 1, #job - #id)

  if redis.call("EXISTS", job) == 0 then return GONE end
  if redis.call("EXISTS", lock) == 1 then return LOCKED end
  local from = place_in(prefix, id, is_waiting_parent)
  if not from or is_waiting_parent ~= (from.name == "waiting-children") then return WRONG_STATE end
  if is_next_of_scheduler(prefix, id) then return SCHEDULED end
  if is_other(job, parameters[1]) then return CHANGED end

  local version, told = bull_major(meta)
  local of_4 = is_of_4(version, told)
  local kept, set_default_kept = events_kept()
  local deduplication = held_deduplication(prefix, id)

  local refused = operate({
    {"ZADD", completed, "XX", 0, ""},
    from.set and {"ZREM", from.set, ""} or {"LLEN", from.list},
    -- The lock does not exist: see above.
    {"DEL", lock},
    {"UNLINK", lock},
  }, function()
    tell(events, kept, "event", "removed", "jobId", id, "prev", from.name)
    local parent = parent_key()
    if parent then release(job, parent, of_4) end
    if not of_4 then set_default_kept() end
    -- From here on nothing may be refused: taking it back could not restore its place.
    take_out(from, id)
    if not of_4 and deduplication then let_others_in(prefix, deduplication) end
    delete_job(job, of_4)
  end)
  return refused or 1
end
