-- Caches persisted values, unless batches moved since they were read.
-- KEYS: the partition's, see _partition.lua
-- ARGV: fence, generation, batchSeq or '': as they were when the values were read · ledgerSeq: of the ledger then ·
--   ttl: of cached values, in milliseconds · namesAndValues: as JSON · mayBeLarge: 1 if a value may be large, or 0 ·
--   refreshes: as it was when the values were read
-- Answer: 1 if the values are cached, or 0
local fence, generation, batchSeq, ledgerSeq, ttlText, namesAndValuesText, mayBeLarge, refreshes = unpack(ARGV)

local knownFence, knownGeneration, knownRefreshes = unpack(redis.call('HMGET', state, 'fence', 'generation', 'refreshes'))
if knownFence ~= fence or knownGeneration ~= generation or (knownRefreshes or '') ~= refreshes then return 0 end

-- Each value must be without the open batch, and with every batch before it.
local openSeq = redis.call('HGET', batch, ' seq')
if openSeq then
  if openSeq ~= batchSeq or tonumber(ledgerSeq) >= tonumber(openSeq) then return 0 end
elseif batchSeq ~= '' and batchSeq ~= ledgerSeq then
  return 0
end

local namesAndValues = cjson.decode(namesAndValuesText)
if not namesAndValues[1] then return 0 end

local ttl = tonumber(ttlText)
turnBases(currentTime(), ttl)
local isNew = redis.call('EXISTS', bases) == 0

local hasLarge = redis.call('EXISTS', large) == 1
if hasLarge or mayBeLarge == '1' then
  for i = 1, #namesAndValues, 2 do
    local name, value = namesAndValues[i], namesAndValues[i + 1]
    if isLarge(value) then
      redis.call('HSET', large, name, value)
      endPlain()
    elseif hasLarge then
      -- it was, until somebody changed the row
      redis.call('HDEL', large, name)
    end
  end
end
setInTable(bases, namesAndValues)
if redis.call('EXISTS', olderBases) == 1 then
  local names = {}
  for i = 1, #namesAndValues, 2 do names[#names + 1] = namesAndValues[i] end
  deleteFields(olderBases, names)
end
-- for a partition that nobody fills or sweeps; elsewhere the hashes are turned before, as Redis frees what expires at once,
-- however large
if isNew then redis.call('PEXPIRE', bases, integer(2.125 * ttl)) end
return 1
