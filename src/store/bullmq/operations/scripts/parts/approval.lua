-- What a script asks before it does what a proposal holds (update_data.lua, begin.lua): that it is pending and has not expired,
-- that requester and approver are the users that were checked just now, and that the approver's session still has the fresh
-- password. It follows decide.lua.
--
-- key  1 the proposal   2 the bytes that it keeps   3 the pending proposals, a hash   4 the decided ones, a sorted set
--      5 the requester   6 the approver   7 the approver's session
-- condition  1 the proposal's id   2 the requester's stamp   3 the approver's stamp   4 when the approver typed their
--       password   5 for how long that counts, in ms   6 the approver's name   7 how long a decided one is kept, in ms
--       8 how many are kept
-- bytes  what was checked, which has to be what the proposal keeps
local function session_is_fresh(key, condition)
  local session = redis.call('GET', key[7])
  local read, record = pcall(cjson.decode, session or '')
  if not read or type(record) ~= 'table' or type(record.data) ~= 'table' then return false end
  local visit = record.data.visit
  return type(visit) == 'table' and visit.user == condition[6] and visit.stamp == condition[3]
    and visit.confirmed_at == tonumber(condition[4])
    and now() < tonumber(condition[4]) + tonumber(condition[5])
end

-- Returns {'decided', status}, {'expired'}, {'gone bytes'}, {'requester'}, {'approver'} or {'not fresh'}; nil if all is met.
local function unmet(key, condition, bytes)
  local kept = redis.call('HMGET', key[1], 'status', 'expires')
  if kept[1] ~= 'pending' then return {'decided', kept[1] or ''} end
  if now() >= tonumber(kept[2]) then return {'expired'} end
  if redis.call('GET', key[2]) ~= bytes then return {'gone bytes'} end
  for i = 1, 2 do
    local user = redis.call('HMGET', key[4 + i], 'stamp', 'disabled')
    if user[1] ~= condition[1 + i] or user[2] == '1' then return {i == 1 and 'requester' or 'approver'} end
  end
  if not session_is_fresh(key, condition) then return {'not fresh'} end
  return nil
end

local function settle(key, condition)
  decide(key, condition[1], 'approved', condition[6], now(), condition[7], condition[8])
end
