-- ARGV: seq of the last batch that the database was to have, and of the last one that it has. What is cached of its values may be
-- of another time. Answers 1 where it has less, and nobody has told that.
local known = redis.call('HMGET', state, 'fence', 'behind')
if not known[1] then return 0 end
local open = redis.call('HGET', batch, ' seq')
if tonumber(open or known[1] + 1) - 1 ~= tonumber(ARGV[1]) then return 0 end

writeThoughFull()
redis.call('UNLINK', bases, olderBases)
if tonumber(ARGV[2]) >= tonumber(ARGV[1]) then return 0 end
redis.call('UNLINK', large)
local behind = ARGV[1] .. ' ' .. ARGV[2]
if known[2] == behind then return 0 end
redis.call('HSET', state, 'behind', behind)
return 1
