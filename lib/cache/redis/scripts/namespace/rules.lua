-- What processes say of their window rules.
-- KEYS: those of partition 0, see _partition.lua
-- ARGV: own: what this process says · isNew: 1 if it has started, or 0
-- Answer: what was said last, '' for nothing
local own, isNew = unpack(ARGV)

local saidLast = redis.call('HGET', state, 'rules')
if isNew == '1' or not saidLast then
  writeThoughFull()
  redis.call('HSET', state, 'rules', own)
end
return saidLast or ''
