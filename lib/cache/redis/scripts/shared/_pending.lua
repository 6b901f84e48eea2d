-- Adds to what is pending, within the 64-bit range.

-- Whether any persisted value is near the end of the range, and whether any delta of the open batch is. Scripts ask once, and
-- hand both on as `hasLarge` and `batchIsLarge`.
local function whatIsLarge()
  return redis.call('EXISTS', large) == 1, redis.call('HEXISTS', batch, ' large') == 1
end

-- the last persisted value, false if it is not known here
local function persistedValue(hasLarge, name)
  return hasLarge and redis.call('HGET', large, name)
    or redis.call('HGET', bases, name)
    or redis.call('HGET', olderBases, name)
end

-- Why the pending value cannot stay as it is after an addition; nil if it can. Pending, batch and persisted value together
-- can only leave the range when one of them is large. Then all three must be known.
local function whyNot(hasLarge, batchIsLarge, name, after)
  local inBatch = batchIsLarge and redis.call('HGET', batch, name)
  local isRisky = isLarge(after)
    or (hasLarge and redis.call('HEXISTS', large, name) == 1)
    or (inBatch and isLarge(inBatch))
  if not isRisky then return nil end
  local base = persistedValue(hasLarge, name)
  if not base then return 'cold' end
  if sum(base, redis.call('HGET', batch, name) or '0', redis.call('HGET', pending, name)) then return nil end
  return 'overflow'
end

local function isPending(name)
  return redis.call('HEXISTS', pending, name) == 1
end

-- wasPending: before it was added to
local function undoAddition(name, value, wasPending)
  if not wasPending then
    redis.call('HDEL', pending, name)
  else
    redis.call('HSET', pending, name, sum(redis.call('HGET', pending, name), negate(value)))
  end
end

-- Answers nil if the value was added, else why not.
local function addPending(hasLarge, batchIsLarge, name, value, wasPending)
  local after = redis.pcall('HINCRBY', pending, name, value)
  if type(after) == 'table' then
    -- a value that is no 64-bit number cannot be added either
    if string.find(after.err, 'overflow', 1, true) or string.find(after.err, 'out of range', 1, true) then return 'overflow' end
    -- fails again, and says in which line
    after = redis.call('HINCRBY', pending, name, value)
  end
  local reason = whyNot(hasLarge, batchIsLarge, name, after)
  if reason then undoAddition(name, value, wasPending) end
  return reason
end

-- Adds to all of the counters or to none. Answers as addPending does.
local function addPendingToAll(hasLarge, batchIsLarge, names, value, areNew)
  for i, name in ipairs(names) do
    local reason = addPending(hasLarge, batchIsLarge, name, value, not areNew[i])
    if reason then
      for j = 1, i - 1 do undoAddition(names[j], value, not areNew[j]) end
      return reason
    end
  end
end
