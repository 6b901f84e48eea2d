-- Puts batch and pending aside, and begins a new generation, if Redis went back in time. It did if the open batch has this
-- nonce, as the ledger knows its seq for another batch; or, without a nonce, if the ledger is ahead of the fence.
-- KEYS: the partition's, see _partition.lua
-- ARGV: nonce: of the batch, or '' · ledgerSeq: of the ledger · newGeneration
-- Answer: 1 if all was put aside, or 0
local nonce, ledgerSeqText, newGeneration = unpack(ARGV)

local fenceText, generation = unpack(redis.call('HMGET', state, 'fence', 'generation'))
if not fenceText then return 0 end
local fence, ledgerSeq = tonumber(fenceText), tonumber(ledgerSeqText)
if nonce == '' then
  if fence >= ledgerSeq then return 0 end
elseif redis.call('HGET', batch, ' nonce') ~= nonce then
  return 0
end

writeThoughFull()
-- what is here may be in the database already, or not: nobody can tell
local key = parcelKey(generation)
if redis.call('EXISTS', pending) == 1 then redis.call('RENAME', pending, key) end
-- a call of the generation before is no longer taken: its note is of no use
local notes = {}
for _, client in ipairs(redis.call('SMEMBERS', clients)) do notes[#notes + 1] = fieldOf(client) end
deleteFields(key, notes)
for _, member in ipairs(redis.call('ZRANGE', due, 0, -1)) do
  local id = listIdOf(member)
  if id then redis.call('UNLINK', listKey(id)) end
end
local fieldsAndValues = redis.call('HGETALL', batch)
for i = 1, #fieldsAndValues, 2 do
  local field, value = fieldsAndValues[i], fieldsAndValues[i + 1]
  if string.sub(field, 1, 1) ~= ' ' then redis.call('HSET', key, field .. '\0batch', value) end
end
local nowText = integer(currentTime())
if redis.call('EXISTS', key) == 1 then redis.call('HSET', parked, generation, nowText) end
redis.call('UNLINK', batch, due, clients, deleted, expected, large, bases, olderBases)
redis.call('HSET', state, 'fence', integer(math.max(fence, ledgerSeq)), 'generation', newGeneration .. ':' .. nowText)
redis.call('HSET', state, 'unreported', 'parked ' .. ledgerSeqText)
redis.call('HDEL', state, 'plain', 'latestDue')
return 1
