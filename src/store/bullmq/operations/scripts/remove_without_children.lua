-- Removes a job that waits for its children, which stay. See remove_one.lua, which it follows.
return remove_one(true)
