-- Writes one audit entry, and adds it to the list of its job if it is about one.
--
-- KEYS  1 the audit stream   2 the audit's list of the job, if it is about one
-- ARGV  1 how long to keep the list, in ms, 0 for ever   2… the entry's fields and values
-- Returns the entry's stream id.
local entry = {}
for i = 2, #ARGV do entry[#entry + 1] = ARGV[i] end
local id = redis.call('XADD', KEYS[1], '*', unpack(entry))
if KEYS[2] then
  local answer = redis.pcall('LPUSH', KEYS[2], id)
  if type(answer) == 'table' and answer.err then
    redis.call('XDEL', KEYS[1], id)
    return answer
  end
  if ARGV[1] ~= '0' then redis.pcall('PEXPIRE', KEYS[2], ARGV[1]) end
end
return id
