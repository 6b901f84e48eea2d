-- Drops cached values: the database may have gone back to older ones.
-- KEYS: the partition's, see _partition.lua
-- ARGV: applied: seq of the last batch that the database should have · ledgerSeq: seq of the last batch that it has
-- Answer: 1 if it has less than it should, and no process has told so; or 0
local applied, ledgerSeq = unpack(ARGV)

local fence, behindBefore = unpack(redis.call('HMGET', state, 'fence', 'behind'))
if not fence then return 0 end
local openSeq = redis.call('HGET', batch, ' seq')
local nextSeq = openSeq and tonumber(openSeq) or fence + 1
if nextSeq - 1 ~= tonumber(applied) then return 0 end

writeThoughFull()
redis.call('UNLINK', bases, olderBases)
if tonumber(ledgerSeq) >= tonumber(applied) then return 0 end
redis.call('UNLINK', large)
local behind = applied .. ' ' .. ledgerSeq
if behind == behindBefore then return 0 end
redis.call('HSET', state, 'behind', behind)
return 1
