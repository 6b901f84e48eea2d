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

-- all that is looked at comes first: what fails here has changed nothing
local notes = {}
for _, client in ipairs(redis.call('SMEMBERS', clients)) do notes[#notes + 1] = fieldOf(client) end
local members = redis.call('ZRANGE', due, 0, -1)
local fieldsAndValues = redis.call('HGETALL', batch)
local replaced = redis.call('HGETALL', expected)
local nowText = integer(currentTime())

writeThoughFull()
-- what is here may be in the database already, or not: nobody can tell
local id = generation
if redis.call('EXISTS', parcelKey(id)) == 1 then
  -- of an earlier try that broke off: it stays, as a parcel of its own
  deleteFields(parcelKey(id), notes)
  redis.call('HSET', parked, id, nowText)
  id = id .. ':' .. nowText
end
local key = parcelKey(id)
if redis.call('EXISTS', pending) == 1 then redis.call('RENAME', pending, key) end
-- a call of the generation before is no longer taken: its note is of no use
deleteFields(key, notes)
unlinkLists(members)
for i = 1, #replaced, 2 do
  local name, row = replaced[i], replaced[i + 1]
  local delta = redis.call('HGET', key, name)
  if delta then
    redis.call('HSET', key, fieldOfReplaced(name, '', redis.call('SREM', deleted, name) == 1, row), delta)
    redis.call('HDEL', key, name)
  end
end
for i = 1, #fieldsAndValues, 2 do
  local name = fieldsAndValues[i]
  if string.sub(name, 1, 1) ~= ' ' then
    local delta, field = deltaOfBatch(name, 'batch')
    redis.call('HSET', key, field or name .. '\0batch', delta)
  end
end
if redis.call('EXISTS', key) == 1 then redis.call('HSET', parked, id, nowText) end
local isParcel = redis.call('HEXISTS', parked, id) == 1 or redis.call('HEXISTS', parked, generation) == 1
local note = 'parked ' .. ledgerSeqText
if not isParcel then note = note .. ' empty' end
redis.call('UNLINK', batch, due, clients, deleted, expected, large, bases, olderBases)
redis.call('HSET', state, 'fence', integer(math.max(fence, ledgerSeq)), 'generation', newGeneration .. ':' .. nowText)
-- a loss that nobody has told of is not hidden by a finding that puts nothing aside
if isParcel or not redis.call('HGET', state, 'unreported') then redis.call('HSET', state, 'unreported', note) end
redis.call('HDEL', state, 'plain', 'latestDue')
return 1
