-- Whether the data of a scheduler's next job was edited, and is other than what the audit entry keeps: `kept` is its SHA-1 in hex,
-- '' where the entry keeps none.
local function is_edited_unseen(stored, job, kept)
  local data = redis.call('HGET', job, 'data')
  if not data or data == (redis.call('HGET', stored, 'data') or '{}') then return false end
  return redis.sha1hex(data) ~= kept
end

