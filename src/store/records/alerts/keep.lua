-- Keeps what the leader knows of alerts, and the messages that are to be sent, in one step.
--
-- KEYS  1 the lease of the leading process   2 the alerts, a hash   3 the messages that wait, a hash by id
-- ARGV  1 this process's token   2 the alerts as JSON, empty where they did not change   3 how the webhooks do, as JSON
--       4 how many messages may wait   5… ids and messages in turn; an empty message is deleted
-- Returns the number of this change, or -1 if another process leads.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
if ARGV[2] ~= '' then redis.call('HSET', KEYS[2], 'book', ARGV[2]) end
redis.call('HSET', KEYS[2], 'webhooks', ARGV[3])
for at = 5, #ARGV, 2 do
  if ARGV[at + 1] == '' then
    redis.call('HDEL', KEYS[3], ARGV[at])
  elseif redis.call('HEXISTS', KEYS[3], ARGV[at]) == 1 or redis.call('HLEN', KEYS[3]) < tonumber(ARGV[4]) then
    redis.call('HSET', KEYS[3], ARGV[at], ARGV[at + 1])
  end
end
return redis.call('HINCRBY', KEYS[2], 'number', 1)
