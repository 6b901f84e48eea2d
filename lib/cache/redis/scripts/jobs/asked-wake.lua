-- The job that is asked for now.
-- KEYS: the partition's, see _partition.lua
-- ARGV: none
-- Answer: its id or ''
return redis.call('HGET', state, 'wakeId') or ''
