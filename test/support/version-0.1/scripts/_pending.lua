-- Adds to what is pending, within the 64-bit range.
local hasLarge, batchIsLarge

-- First of all.
local function openPending()
  hasLarge = redis.call('EXISTS', large) == 1
  batchIsLarge = redis.call('HEXISTS', batch, ' large') == 1
end

-- the last persisted value, if it is known here
local function persisted(name)
  return hasLarge and redis.call('HGET', large, name) or redis.call('HGET', bases, name) or redis.call('HGET', olderBases, name)
end

-- Pending, batch and persisted value together can only leave the range when one of them is large: then they must all
-- be known. Answers why the value cannot stay, or nil.
local function whyNot(name, after)
  local claimed = batchIsLarge and redis.call('HGET', batch, name)
  local risky = isLarge(after)
    or (hasLarge and redis.call('HEXISTS', large, name) == 1)
    or (claimed and isLarge(claimed))
  if not risky then return nil end
  local base = persisted(name)
  if not base then return 'cold' end
  if sum(base, redis.call('HGET', batch, name) or '0', redis.call('HGET', pending, name)) then return nil end
  return 'overflow'
end

local function takeBack(name, value)
  local before = sum(redis.call('HGET', pending, name), negate(value))
  redis.call('HSET', pending, name, before)
  -- what was not pending is not; where it was, at zero, it counts the same without a field
  if before == '0' then redis.call('HDEL', pending, name) end
end

-- nil when the value was added, else why not
local function addPending(name, value)
  local after = redis.pcall('HINCRBY', pending, name, value)
  if type(after) == 'table' then
    -- a value that is no 64-bit number cannot be added either
    if string.find(after.err, 'overflow', 1, true) or string.find(after.err, 'out of range', 1, true) then return 'overflow' end
    error(after.err)
  end
  local refused = whyNot(name, after)
  if not refused then return nil end
  takeBack(name, value)
  return refused
end
