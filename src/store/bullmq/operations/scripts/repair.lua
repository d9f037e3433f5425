-- Repairs the data of one job and leaves the job where it is. Follows repair_data.lua.
--
-- HSETNX changes nothing, since the data is there, and is refused where Redis is out of memory or the user may not write the job.
return operate({{"HSETNX", job, "data", ""}}, function() end) or 1
