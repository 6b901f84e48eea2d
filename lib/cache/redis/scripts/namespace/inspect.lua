-- How this Redis is set up.
-- KEYS: the partition's, see _partition.lua
-- ARGV: none
-- Answer: what INFO says, '' where this user may not ask
local info = redis.pcall('INFO')
return type(info) == 'table' and '' or info
