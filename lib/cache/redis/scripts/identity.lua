-- ARGV: an identity for this Redis if it has none, or ''. Of partition 0.
local identity = redis.call('HGET', state, 'identity')
if identity or ARGV[1] == '' then return identity or '' end
writeThoughFull()
redis.call('HSET', state, 'identity', ARGV[1])
return ARGV[1]
