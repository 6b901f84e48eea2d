-- The second half of add.lua, in the same scope: applies the operations one after the other.
-- KEYS: as in add.lua
-- ARGV: as in add.lua
-- Answer: as in add.lua
local range = rangeNow()
local hasDeleted = redis.call('EXISTS', deleted) == 1
local schedule, waiting = newSchedule(now, tonumber(tick)), newWaiting()
local outcomes, rememberedKeys = {}, 0
-- Counters with an operation that waits for a base. Later operations of the same counter wait behind it.
local coldNames = {}

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
  local base = persistedValue(range, name)
  return base, redis.call('HGET', batch, name) or '0', redis.call('HGET', pending, name) or '0'
end

local function leavesBounds(lowest, highest, total)
  return not total or (lowest ~= '' and isLess(total, lowest)) or (highest ~= '' and isLess(highest, total))
end

local function addPlain(index, name, value, interval)
  local reason = addPending(range, name, value)
  if reason then return refuse(index, name, reason) end
  keepRow(name)
  scheduleLater(waiting, schedule, name, interval)
end

local function increment(index, name, value, interval, extras)
  local names = { name }
  if extras.suffixes then
    for suffix in string.gmatch(extras.suffixes, '[^\31]+') do names[#names + 1] = name .. '\31' .. suffix end
  end
  local shown = name
  if extras.isBounded and extras.boundedBucket ~= '' then shown = name .. '\31' .. extras.boundedBucket end
  local base, inBatch, inPending
  if extras.answersTotal or extras.isBounded then
    base, inBatch, inPending = partsOf(shown)
    if not base then return refuse(index, name, 'cold') end
  end
  local deltaBefore = extras.digest and deltaOfKey(extras.digest, now)
  if deltaBefore then return tell(index, deltaBefore == value and 'duplicate' or 'conflict') end
  if extras.isBounded and leavesBounds(extras.lowest, extras.highest, sum(base, inBatch, inPending, value)) then
    return tell(index, 'bounded', base, inBatch, inPending)
  end
  local reason = addPendingToAll(range, names, value)
  if reason then return refuse(index, name, reason) end
  if extras.digest then
    rememberKey(extras.digest, value, now + tonumber(keyTtl), tonumber(keyTtl))
    rememberedKeys = rememberedKeys + 1
  end
  keepRow(name)
  if extras.answersTotal then tell(index, 'total', partsOf(shown)) end
  for _, each in ipairs(names) do scheduleLater(waiting, schedule, each, interval) end
end

-- For set and delete: the pending delta becomes what makes the total this value.
local function replace(index, name, value, interval, isDelete)
  local base, inBatch, inPending = partsOf(name)
  if not base then return refuse(index, name, 'cold') end
  local delta = sum(value, negate(base), negate(inBatch))
  if not delta then return tell(index, 'overflow') end
  redis.call('HSET', pending, name, delta)
  -- when this delta is added, the open batch is in the row
  local row = sum(base, inBatch)
  if row then redis.call('HSET', expected, name, row) else redis.call('HDEL', expected, name) end
  if isDelete then
    redis.call('SADD', deleted, name)
    hasDeleted = true
  else
    keepRow(name)
  end
  tell(index, 'total', base, inBatch, inPending)
  scheduleLater(waiting, schedule, name, interval)
end

local function addOneByOne(index, names, values, interval)
  for i, name in ipairs(names) do
    if coldNames[name] then
      tell(index + i - 1, 'behind')
    else
      addPlain(index + i - 1, name, values[i], interval)
    end
  end
end

local position, index = FIRST_OPERATION, 0

-- the next `count` arguments
local function take(count)
  position = position + count
  return unpack(ARGV, position - count, position - 1)
end

-- the arguments that the kind of an increment asks for by its letters
local function takeExtras(kind)
  local extras = { answersTotal = string.sub(kind, 1, 1) == 't' }
  if string.find(kind, 'k', 2, true) then extras.digest = take(1) end
  if string.find(kind, 'w', 2, true) then extras.suffixes = take(1) end
  if string.find(kind, 'b', 2, true) then
    extras.isBounded = true
    extras.lowest, extras.highest, extras.boundedBucket = take(3)
  end
  return extras
end

local function takeRun()
  local interval, namesText, valuesText = take(3)
  local names, values = cjson.decode(namesText), cjson.decode(valuesText)
  local isPlain = not next(coldNames) and isPlainPartition()
  if not (isPlain and addRun(schedule, names, values, interval)) then addOneByOne(index, names, values, interval) end
  return #names
end

local function takeOperation(kind)
  local name, value, interval = take(3)
  local extras = kind ~= 'a' and kind ~= 's' and kind ~= 'd' and takeExtras(kind)
  if coldNames[name] then
    tell(index, 'behind')
  elseif kind == 'a' then
    addPlain(index, name, value, interval)
  elseif extras then
    increment(index, name, value, interval, extras)
  else
    replace(index, name, value, interval, kind == 'd')
  end
  return 1
end

while ARGV[position] do
  local kind = take(1)
  index = index + (kind == 'p' and takeRun() or takeOperation(kind))
end

scheduleWaiting(waiting, schedule)
if rememberedKeys > 0 then forgetExpiredKeys(now, 2 * rememberedKeys) end

return applied(schedule, outcomes)
