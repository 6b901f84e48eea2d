-- The second half of add.lua, in the same scope: applies the operations one after the other.
-- KEYS: as in add.lua
-- ARGV: as in add.lua
-- Answer: as in add.lua
local hasLarge, batchIsLarge = whatIsLarge()
local hasDeleted = redis.call('EXISTS', deleted) == 1
if hasLarge or batchIsLarge or hasDeleted then
  if partitionPlain then endPlain() end
else
  local plain = plainMark(generation .. ' ' .. settings)
  if partitionPlain ~= plain then redis.call('HSET', state, 'plain', plain) end
end
local ttl = tonumber(keyTtl)
local outcomes, rememberedKeys = {}, 0
-- Counters that were not pending before this call -> their smallest interval: they are scheduled at its end, together.
local newIntervals, latestDueBefore = {}, schedule.latestDue
-- Counters with an operation that waits for a base. Later operations of the same counter wait behind it.
local coldNames = {}
-- whether any counter goes to another one, or has a former name; nil until somebody asks
local hasMoves

local function tell(index, ...)
  outcomes[#outcomes + 1] = tostring(index)
  for _, part in ipairs({ ... }) do outcomes[#outcomes + 1] = part end
end

local function refuse(index, name, reason)
  if reason == 'cold' then coldNames[name] = true end
  tell(index, reason)
end

local function keepRow(name)
  if hasDeleted then redis.call('SREM', deleted, name) end
end

-- base, batch and pending; the base is false if it is not known
local function partsOf(name)
  local base = persistedValue(hasLarge, name)
  return base, redis.call('HGET', batch, name) or '0', redis.call('HGET', pending, name) or '0'
end

local function leavesBounds(lowest, highest, total)
  return not total or (lowest ~= '' and isLess(total, lowest)) or (highest ~= '' and isLess(highest, total))
end

-- names: of what was added to. Those that were not pending before are noted in `areNew`.
local function scheduleAll(names, interval, areNew)
  for i, name in ipairs(names) do
    local known = newIntervals[name]
    if areNew[i] or known then
      if not known or tonumber(interval) < tonumber(known) then newIntervals[name] = interval end
    elseif not isDueInTime(latestDueBefore, now, schedule.tick, interval) then
      scheduleByItself(schedule, interval, name)
    end
  end
end

local function whichAreNew(names)
  local areNew = {}
  for i, name in ipairs(names) do areNew[i] = not isPending(name) end
  return areNew
end

local function remember(name, field, deletions, value, lifetime)
  rememberKey(name, field, deletions, value, now + lifetime, lifetime)
  rememberedKeys = rememberedKeys + 1
end

-- As findKey.
local function findOwnKey(name, digest)
  if hasMoves == nil then hasMoves = redis.call('EXISTS', moves) == 1 end
  if hasMoves then beginAnewIfOver(name, now) end
  return findKey(name, digest, now)
end

-- Whether the operation is to wait, as its key may be known under a former name of the counter, or is being taken back elsewhere.
local function isToAskFor(index, name, stored)
  local isTaken = parseTaken(stored)
  if stored and not isTaken then return false end
  local former = hasMoves and formerNamesOf(name, now)
  if isTaken then
    local names = former and cjson.decode(former) or {}
    table.insert(names, 1, name)
    former = cjson.encode(names)
  end
  if not former then return false end
  coldNames[name] = true
  tell(index, 'moved', former)
  return true
end

local function increment(index, name, value, interval, answersTotal, digest, suffixes, lowest, highest, boundedBucket, within, isAskedFor)
  local names = withBuckets(name, suffixes)
  local isBounded = lowest ~= nil
  local shown = isBounded and boundedBucket ~= '' and name .. '\31' .. boundedBucket or name
  local base, inBatch, inPending
  if answersTotal or isBounded then
    base, inBatch, inPending = partsOf(shown)
    if not base then return refuse(index, name, 'cold') end
  end
  local field, stored, deletions
  if digest then field, stored, deletions = findOwnKey(name, digest) end
  if digest and not isAskedFor and isToAskFor(index, name, stored) then return end
  if within then
    if isCounted(stored) then return tell(index, 'known') end
  elseif stored then
    return tell(index, stored == value and 'duplicate' or 'conflict')
  end
  if isBounded and leavesBounds(lowest, highest, sum(base, inBatch, inPending, value)) then
    return tell(index, 'bounded', base, inBatch, inPending)
  end
  local areNew = whichAreNew(names)
  local reason = addPendingToAll(hasLarge, batchIsLarge, names, value, areNew)
  if reason then return refuse(index, name, reason) end
  if within then
    remember(name, field, deletions, countedText(value, suffixes), tonumber(within))
  elseif digest then
    remember(name, field, deletions, value, ttl)
  end
  keepRow(name)
  if answersTotal then tell(index, 'total', partsOf(shown)) end
  scheduleAll(names, interval, areNew)
end

-- For set and delete: the pending delta becomes what makes the total this value; of a delete in its buckets as well, all or none.
local function replace(index, name, value, interval, isDelete, suffixes)
  local names = withBuckets(name, suffixes)
  local areNew, parts, deltas = whichAreNew(names), {}, {}
  for i, each in ipairs(names) do
    parts[i] = { partsOf(each) }
    local base, inBatch = parts[i][1], parts[i][2]
    if not base and suffixes then
      coldNames[name] = true
      return tell(index, 'cold buckets', suffixes)
    elseif not base then
      return refuse(index, name, 'cold')
    end
    -- what the open batch moves elsewhere is in the row no more
    if redis.call('HEXISTS', batch, ' move:' .. each) == 1 then parts[i].row, base, inBatch = '0', '0', '0' end
    deltas[i] = sum(value, negate(base), negate(inBatch))
    if not deltas[i] then return tell(index, 'overflow') end
  end
  for i, each in ipairs(names) do
    redis.call('HSET', pending, each, deltas[i])
    -- when this delta is added, the open batch is in the row
    local row = parts[i].row or sum(parts[i][1], parts[i][2])
    if row then redis.call('HSET', expected, each, row) else redis.call('HDEL', expected, each) end
    if isDelete then redis.call('SADD', deleted, each) end
  end
  if isDelete then
    forgetKeysOf(name, now)
    redis.call('HDEL', moves, ' from:' .. name)
    if not hasDeleted then endPlain() end
    hasDeleted = true
  else
    keepRow(name)
  end
  tell(index, 'total', parts[1][1], parts[1][2], parts[1][3])
  scheduleAll(names, interval, areNew)
end

-- Takes back what counted under a key, from the counter and from the buckets that it was counted in.
local function takeBack(index, name, interval, digest, isAskedFor)
  local field, stored = findOwnKey(name, digest)
  if not isAskedFor and isToAskFor(index, name, stored) then return end
  if not isCounted(stored) or parseTaken(stored) then return tell(index, 'unknown') end
  local delta, suffixes = parseCounted(stored)
  local names = withBuckets(name, suffixes)
  local areNew = whichAreNew(names)
  local reason = addPendingToAll(hasLarge, batchIsLarge, names, negate(delta), areNew)
  if reason == 'cold' and suffixes then
    coldNames[name] = true
    return tell(index, 'cold buckets', suffixes)
  elseif reason then
    return refuse(index, name, reason)
  end
  noteInstead(field, TAKEN_BACK .. stored)
  keepRow(name)
  scheduleAll(names, interval, areNew)
end

eachOperation(function(index, verb, name, value, interval, digest, suffixes, lowest, highest, boundedBucket, within, isAskedFor)
  if coldNames[name] then
    tell(index, 'behind')
  elseif verb == 's' or verb == 'd' then
    replace(index, name, value, interval, verb == 'd', suffixes)
  elseif verb == 'u' then
    takeBack(index, name, interval, digest, isAskedFor)
  else
    increment(index, name, value, interval, verb == 't', digest, suffixes, lowest, highest, boundedBucket, within, isAskedFor)
  end
end)

local newNames = {}
for name, interval in pairs(newIntervals) do
  local names = newNames[interval] or {}
  names[#names + 1], newNames[interval] = name, names
end
for interval, names in pairs(newNames) do scheduleNew(schedule, planAt(schedule, interval), names) end
if rememberedKeys > 0 then forgetExpiredKeys(now, 2 * rememberedKeys) end

return applied(outcomes)
