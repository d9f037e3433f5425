-- Fails an active job that no worker holds any more, for good: attempts that are left are not made. See end_stuck.lua, which it
-- follows.
return end_stuck({set = failed, name = "failed", field = "failedReason", rule = "removeOnFail"})
