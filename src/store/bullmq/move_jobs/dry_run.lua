-- Reports whether each job could move. Only reads. Follows check.lua.
--
-- ARGV  5… the jobs' ids
-- Returns for each job 'fits', or why it is skipped.
local answers = {}
for i = 5, #ARGV do
  answers[#answers + 1] = why_not(ARGV[i]) or 'fits'
end
return answers
