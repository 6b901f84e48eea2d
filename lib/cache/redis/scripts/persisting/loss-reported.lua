-- Notes that a loss is reported.
-- KEYS: the partition's, see _partition.lua
-- ARGV: generation: the one that began with what was lost
-- Answer: none
local generation = ARGV[1]

if redis.call('HGET', state, 'generation') == generation then redis.call('HDEL', state, 'unreported') end
