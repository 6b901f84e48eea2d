-- Puts batch and pending aside, and begins a new generation: Redis went back in time. The open batch stands under a seq
-- that the database knows for another batch or, without a nonce, the database is ahead of the fence.
-- KEYS: the partition's, see _partition.lua
-- ARGV: nonce: of the batch, or '' · ledgerSeq: of the ledger · newGeneration
-- Answer: 1 if all was put aside, or 0
local nonce, ledgerSeqText, newGeneration = unpack(ARGV)

local fenceText, generation = fieldsOf(state, 'fence', 'generation')
if not fenceText then return 0 end
local fence, ledgerSeq = tonumber(fenceText), tonumber(ledgerSeqText)
if nonce == '' then
  if fence >= ledgerSeq then return 0 end
elseif redis.call('HGET', batch, ' nonce') ~= nonce then
  return 0
end

writeThoughFull()
-- nothing here can be told from what the database has
local key = parcelKey(generation)
if redis.call('EXISTS', pending) == 1 then redis.call('RENAME', pending, key) end
local fieldsAndValues = redis.call('HGETALL', batch)
for i = 1, #fieldsAndValues, 2 do
  local field, value = fieldsAndValues[i], fieldsAndValues[i + 1]
  if string.sub(field, 1, 1) ~= ' ' then redis.call('HSET', key, field .. '\0batch', value) end
end
local now = integer(currentTime())
if redis.call('EXISTS', key) == 1 then redis.call('HSET', parked, generation, now) end
redis.call('UNLINK', batch, due, deleted, expected, large, bases, olderBases)
redis.call('HSET', state, 'fence', integer(math.max(fence, ledgerSeq)), 'generation', newGeneration .. ':' .. now)
redis.call('HSET', state, 'unreported', 'parked ' .. ledgerSeqText)
return 1
