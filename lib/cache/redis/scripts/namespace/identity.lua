-- What tells this Redis from another one.
-- KEYS: those of partition 0, see _partition.lua
-- ARGV: proposed: an identity for this Redis if it has none, or ''
-- Answer: the identity, '' for none
local proposed = ARGV[1]

local identity = redis.call('HGET', state, 'identity')
if identity or proposed == '' then return identity or '' end
writeThoughFull()
redis.call('HSET', state, 'identity', proposed)
return proposed
