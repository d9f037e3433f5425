-- What the removal of a job takes along: its place in the queue, and everything of its own.
-- Follows operation.lua, release.lua and ownership.lua. A `prefix` is what the keys of a queue begin with, its last colon included.

-- Where a job is: its state as events name it, and the set or list that holds it; nil if it is in none of these. A job that
-- waits for its children is found only where `with_parents` is true.
local function place_in(prefix, one, with_parents)
  local sets = {"completed", "delayed", "failed", "prioritized", with_parents and "waiting-children" or nil}
  for _, name in ipairs(sets) do
    if redis.call("ZSCORE", prefix .. name, one) then return {name = name, set = prefix .. name} end
  end
  for _, name in ipairs({"wait", "paused"}) do
    if redis.call("LPOS", prefix .. name, one, "RANK", -1) then return {name = name, list = prefix .. name} end
  end
end

local function take_out(place, one)
  if place.set then redis.call("ZREM", place.set, one) else redis.call("LREM", place.list, -1, one) end
end

-- Whether a job's data is other than what an entry keeps, by its digest: SHA-1 in hex, or `none` where it keeps none.
local function is_other(key, digest)
  local stored = redis.call("HGET", key, "data")
  return (stored and redis.sha1hex(stored) or "none") ~= digest
end

-- Deletes everything of a job but its place. A parent may have a million children, so Redis frees them in the background.
local function delete_job(key, of_4)
  local keys = {key, key .. ":logs", key .. ":dependencies", key .. ":processed"}
  if not of_4 then
    keys[#keys + 1] = key .. ":failed"
    keys[#keys + 1] = key .. ":unsuccessful"
  end
  redis.call("UNLINK", unpack(keys))
end
