-- Asks for a job now: the one that was asked for is lost.
-- KEYS: the partition's, see _partition.lua
-- ARGV: none
-- Answer: the wake, see _wakes.lua
writeThoughFull()
redis.call('HDEL', state, 'wakeAt')
local now = currentTime()
return askForWake(now, now)
