-- Saves a recipe as its next version, with its audit entry, or neither.
--
-- KEYS  1 the audit stream   2 the recipes, a hash of the newest versions   3 this recipe's versions, a list, the newest first
-- ARGV  1 the recipe's field   2 the version that it was made from, 0 for a new recipe   3 the recipe   4 how many recipes are kept
--       5 how many versions   6… the audit entry's fields and values
-- A version is kept as its number, a tab, and JSON.
-- Returns the new version, 0 if there is no room for another recipe, or -n if n is the newest version by now.
local newest = redis.call('HGET', KEYS[2], ARGV[1])
local version = newest and tonumber(string.match(newest, '^(%d+)\t')) or 0
if version ~= tonumber(ARGV[2]) then return version > 0 and -version or -1 end
if not newest and redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[4]) then return 0 end
local kept = string.format('%d\t%s', version + 1, ARGV[3])
local recorded = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 6))
local answer = redis.pcall('LPUSH', KEYS[3], kept)
if type(answer) ~= 'table' or not answer.err then
  answer = redis.pcall('HSET', KEYS[2], ARGV[1], kept)
  if type(answer) == 'table' and answer.err then redis.pcall('LPOP', KEYS[3]) end
end
if type(answer) == 'table' and answer.err then
  redis.call('XDEL', KEYS[1], recorded)
  return answer
end
redis.pcall('LTRIM', KEYS[3], 0, tonumber(ARGV[5]) - 1)
return version + 1
