-- Removes all that a partition has, of a trial.
-- KEYS: the partition's, see _partition.lua
-- ARGV: none
-- Answer: none
for _, member in ipairs(redis.call('ZRANGE', due, 0, -1)) do
  local id = listIdOf(member)
  if id then redis.call('UNLINK', listKey(id)) end
end
for _, key in ipairs(KEYS) do redis.call('UNLINK', key) end
