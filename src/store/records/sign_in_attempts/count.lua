-- Counts tries to sign in: writes cells of the sketch, unless one of them was written since it was read, so that of many
-- tries at once only one passes.
--
-- KEYS  1 the sketch, a string of 8 bytes a cell
-- ARGV  1 the sketch's size in bytes   2 how many milliseconds after its last writing it may go
--       3… of each cell: its offset, its bytes as they were read, its bytes as they are to be
-- Returns 1, or 0 if nothing was written.
for i = 3, #ARGV, 3 do
  local offset = tonumber(ARGV[i])
  local cell = redis.call('GETRANGE', KEYS[1], offset, offset + 7)
  if cell == '' then cell = string.rep('\0', 8) end
  if cell ~= ARGV[i + 1] then return 0 end
end
if redis.call('EXISTS', KEYS[1]) == 0 then
  -- Allocated at once: Redis gives a growing string twice the space it needs.
  redis.call('SETRANGE', KEYS[1], ARGV[1] - 1, '\0')
end
for i = 3, #ARGV, 3 do
  redis.call('SETRANGE', KEYS[1], ARGV[i], ARGV[i + 2])
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
