-- The job that was asked for is lost: asks for another.
writeThoughFull()
redis.call('HDEL', state, 'wakeAt')
local at = now()
return wake(at, at)
