-- Keeps a person's draft of an edit, unless the job is gone, another of their windows kept one since, or there is no room.
--
-- KEYS  1 the draft, a hash   2 the person's drafts, a sorted set   3 all drafts, a sorted set   4 their sizes, a hash
--       5 the job
-- ARGV  1 the mark of the draft that this one goes on from; empty for none   2 its own mark   3 its size in bytes
--       4 when, Unix milliseconds   5 for how long, milliseconds
--       6 how many one person may have   7 how many there may be   8 how many bytes all may have
--       9… the fields and values
-- Returns 'kept', 'gone' where there is no such job, 'other' where there is another draft, or 'full'.
if redis.call('EXISTS', KEYS[5]) == 0 then return 'gone' end
local kept = redis.call('HGET', KEYS[1], 'mark')
if kept and kept ~= ARGV[1] and kept ~= ARGV[2] then return 'other' end
local ended = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[4])
for _, key in ipairs(ended) do
  redis.call('ZREM', KEYS[3], key)
  redis.call('HDEL', KEYS[4], key)
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[4])
-- A person's own oldest draft makes room for the new one; nobody makes room at another's cost.
if not redis.call('ZSCORE', KEYS[2], KEYS[1]) then
  while redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[6]) do
    local oldest = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
    redis.call('ZREM', KEYS[2], oldest)
    redis.call('ZREM', KEYS[3], oldest)
    redis.call('HDEL', KEYS[4], oldest)
    redis.call('DEL', oldest)
  end
end
local bytes, count = tonumber(ARGV[3]), 1
local sizes = redis.call('HGETALL', KEYS[4])
for i = 1, #sizes, 2 do
  if sizes[i] ~= KEYS[1] then
    bytes, count = bytes + tonumber(sizes[i + 1]), count + 1
  end
end
if count > tonumber(ARGV[7]) or bytes > tonumber(ARGV[8]) then return 'full' end
local fields = { 'mark', ARGV[2], 'kept', ARGV[4] }
for i = 9, #ARGV do fields[#fields + 1] = ARGV[i] end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('PEXPIRE', KEYS[1], ARGV[5])
local ends = tonumber(ARGV[4]) + tonumber(ARGV[5])
redis.call('ZADD', KEYS[2], ends, KEYS[1])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('ZADD', KEYS[3], ends, KEYS[1])
redis.call('PEXPIRE', KEYS[3], ARGV[5])
redis.call('HSET', KEYS[4], KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[4], ARGV[5])
return 'kept'
