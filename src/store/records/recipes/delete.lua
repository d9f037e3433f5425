-- Deletes a recipe with all its versions, with the audit entry.
--
-- KEYS  1 the audit stream   2 the recipes   3 this recipe's versions
-- ARGV  1 the recipe's field   2… the audit entry's fields and values
-- Returns 1, or 0 if there is no such recipe.
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[3])
return 1
