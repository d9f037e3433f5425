-- The digest of what a person may change of a scheduler; not of what its runs change. The store computes the same
-- (scheduler_changes.rs).
local function scheduler_revision(stored)
  local fields = redis.call('HMGET', stored, 'name', 'tz', 'pattern', 'every', 'startDate', 'endDate', 'limit', 'data', 'opts')
  local parts = {}
  for i = 1, #fields do
    parts[i] = fields[i] and (#fields[i] .. ':' .. fields[i]) or '-'
  end
  return redis.sha1hex(table.concat(parts))
end

