-- Completes an active job that no worker holds any more, with a result in JSON. See end_stuck.lua, which it follows.
return end_stuck({set = completed, name = "completed", field = "returnvalue", rule = "removeOnComplete"})
