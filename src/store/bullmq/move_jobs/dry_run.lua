-- Says of jobs whether they could move, and changes nothing. Follows check.lua.
--
-- ARGV  5… for each job its id, and '1' where that was counted up
-- Returns for each 'fits' or why it stays.
local answers = {}
for i = 5, #ARGV, 2 do
  answers[#answers + 1] = why_not(ARGV[i], ARGV[i + 1] == '1') or 'fits'
end
return answers
