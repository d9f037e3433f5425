-- Tells a run to stop, with the audit entry of whoever asked. A run that no process works on is stopped at once.
--
-- KEYS  1 the run   2 its lease   3 the audit stream
-- ARGV  1 now, in ms   2… the audit entry's fields and values
-- Returns 'stopping', 'stopped', 'gone', or 'over' if there is nothing to stop.
local state = redis.call('HGET', KEYS[1], 'state')
if not state then return 'gone' end
if state ~= 'running' and state ~= 'stopping' then return 'over' end
local held = redis.call('EXISTS', KEYS[2]) == 1
if held and state == 'stopping' then return 'stopping' end
redis.call('XADD', KEYS[3], '*', unpack(ARGV, 2))
local becomes = held and 'stopping' or 'stopped'
redis.call('HSET', KEYS[1], 'state', becomes, 'updated', ARGV[1])
return becomes
