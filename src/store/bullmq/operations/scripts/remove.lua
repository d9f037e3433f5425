-- Removes one job, but none that waits for its children. See remove_one.lua, which it follows.
return remove_one(false)
