-- Remembers that a user signed in from a network, and forgets the networks that are too old or too many.
--
-- KEYS  1 the user's networks, a hash of 'milliseconds cell' by the network's digest
-- ARGV  1 the digest   2 its value   3 the oldest time to keep   4 how many to keep   5 how many milliseconds to keep them
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
local all = redis.call('HGETALL', KEYS[1])
local networks = {}
for i = 1, #all, 2 do
  local seen = tonumber(string.match(all[i + 1], '^%d+')) or 0
  networks[#networks + 1] = { seen, all[i] }
end
table.sort(networks, function(a, b) return a[1] > b[1] end)
for i, network in ipairs(networks) do
  if i > tonumber(ARGV[4]) or network[1] < tonumber(ARGV[3]) then
    redis.call('HDEL', KEYS[1], network[2])
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
