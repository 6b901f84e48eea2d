-- Removes all that a partition has, of a trial.
-- KEYS: the partition's, see _partition.lua
-- ARGV: none
-- Answer: none
unlinkLists(redis.call('ZRANGE', due, 0, -1))
redis.call('UNLINK', unpack(KEYS))
