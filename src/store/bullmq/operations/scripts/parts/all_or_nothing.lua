-- Comes before every script that writes its audit entry and its change together. A script is not rolled back: if Redis refuses
-- a command after the first write, what was written so far is taken back one by one.

-- What takes back what was written, in this order from its end.
local undo = {}
local function undoing(...) undo[#undo + 1] = {...} end

-- Does `steps`, or takes them back; returns Redis's error then.
local function all_or_nothing(steps)
  local fine, refused = pcall(steps)
  if fine then return nil end
  for i = #undo, 1, -1 do redis.pcall(unpack(undo[i])) end
  return redis.error_reply(type(refused) == "table" and refused.err or tostring(refused))
end

-- Adds an event. `trim` is about how many events are kept; nil if another script of that BullMQ trims them.
local function tell(stream, trim, ...)
  local stream_id
  if trim then
    stream_id = redis.call("XADD", stream, "MAXLEN", "~", trim, "*", ...)
  else
    stream_id = redis.call("XADD", stream, "*", ...)
  end
  undoing("XDEL", stream, stream_id)
end

-- Adds a job at the end of a list from which workers take last, or first.
local function push(list, one, is_next)
  redis.call(is_next and "RPUSH" or "LPUSH", list, one)
  undoing("LREM", list, is_next and -1 or 1, one)
end

local function take_from_set(set, one, score)
  redis.call("ZREM", set, one)
  undoing("ZADD", set, score, one)
end
