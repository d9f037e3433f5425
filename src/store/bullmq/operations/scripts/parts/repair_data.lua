-- Writes new data into the job in the same step as its entry, as update_data.lua does, and then whatever follows: nothing
-- (repair.lua), or a retry (retry.lua). Follows operation.lua.
--
-- Parameters: two of the script that follows, then the data's bytes that the change was made from, the new bytes, the state in
-- which the job was found, and the fields and values of a second entry, that of the retry; none without one.
-- Returns GONE, LOCKED where a worker has the job, CHANGED where the bytes differ, or WRONG_STATE where the job left the state that it
-- was judged in.
local before, after, found_in = parameters[3], parameters[4], parameters[5]
local retried = {unpack(parameters, 6)}

if redis.call("EXISTS", job) == 0 then return GONE end
if redis.call("EXISTS", lock) == 1 or redis.call("LPOS", active, id) then return LOCKED end

-- A list of waiting jobs may be long, so it is not searched: a job in none of the sets, not locked and not active, waits.
local sets = {delayed = delayed, prioritized = prioritized, completed = completed, failed = failed,
  ["waiting-children"] = waiting_children}
for name, set in pairs(sets) do
  if (redis.call("ZSCORE", set, id) and true or false) ~= (name == found_in) then return WRONG_STATE end
end
if redis.call("HGET", job, "data") ~= before then return CHANGED end

-- The entry of the edit comes first, then the data, then the entry of the retry: so the log reads as it happened.
local record_edit = record
record = function()
  record_edit()
  redis.call("HSET", job, "data", after)
  undoing("HSET", job, "data", before)
  if #retried > 0 then
    local stream_id = redis.call("XADD", audit, "*", unpack(retried))
    undoing("XDEL", audit, stream_id)
    redis.call("LPUSH", audit_of_job, stream_id)
    undoing("LREM", audit_of_job, 1, stream_id)
  end
end

