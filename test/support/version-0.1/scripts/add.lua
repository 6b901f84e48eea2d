-- The operations of a call, one after the other.
openPending()
local hasDeleted = redis.call('EXISTS', deleted) == 1
local outcomes, schedule, earliest = {}, {}, nil
local first, latest = dueTimeAt(0), dueTimeAt(-1)

local function outcome(index, ...)
  outcomes[#outcomes + 1] = tostring(index)
  for _, part in ipairs({ ... }) do outcomes[#outcomes + 1] = part end
end

local function note(time)
  if not earliest or time < earliest then earliest = time end
  if not latest or time > latest then latest = time end
end

local function put(name, interval)
  local time, text = dueTime(interval)
  note(time)
  schedule[#schedule + 1] = text
  schedule[#schedule + 1] = name
end

local function claim(index, name, value, key)
  local field = name .. '\0' .. key
  local before = redis.call('HGET', claims, field)
  if before and tonumber(redis.call('ZSCORE', claimsDue, field)) > at then
    outcome(index, before == value and 'duplicate' or 'conflict')
    return false
  end
  local expired = redis.call('ZRANGEBYSCORE', claimsDue, '-inf', integer(at), 'LIMIT', 0, 2)
  if expired[1] then
    redis.call('HDEL', claims, unpack(expired))
    redis.call('ZREM', claimsDue, unpack(expired))
  end
  redis.call('HSET', claims, field, value)
  redis.call('ZADD', claimsDue, integer(at + claimTtl), field)
  return true
end

local function unclaim(name, key)
  redis.call('HDEL', claims, name .. '\0' .. key)
  redis.call('ZREM', claimsDue, name .. '\0' .. key)
end

-- Adds to all of them or to none; nil, or why not.
local function addToAll(names, value)
  for i, name in ipairs(names) do
    local refused = addPending(name, value)
    if refused then
      for j = 1, i - 1 do takeBack(names[j], value) end
      return refused
    end
  end
end

local function partsOf(name)
  return persisted(name), redis.call('HGET', batch, name) or '0', redis.call('HGET', pending, name) or '0'
end

local function leaves(low, high, base, claimed, waiting, value)
  local after = sum(base, claimed, waiting, value)
  return not after or (low ~= '' and isLess(after, low)) or (high ~= '' and isLess(high, after))
end

local function increment(index, kind, name, value, interval, key, windows, low, high, bounded)
  local names = { name }
  if windows then
    for window in string.gmatch(windows, '[^\31]+') do names[#names + 1] = name .. '\31' .. window end
  end
  local shown = bounded and bounded ~= '' and name .. '\31' .. bounded or name
  local base, claimed, waiting
  if kind == 't' or low then
    base, claimed, waiting = partsOf(shown)
    if not base then return outcome(index, 'cold') end
  end
  if key and not claim(index, name, value, key) then return end
  if low and leaves(low, high, base, claimed, waiting, value) then
    if key then unclaim(name, key) end
    return outcome(index, 'bounded', base, claimed, waiting)
  end
  local refused = addToAll(names, value)
  if refused then
    if key then unclaim(name, key) end
    return outcome(index, refused)
  end
  if hasDeleted then redis.call('SREM', deleted, name) end
  if kind == 't' then outcome(index, 'total', partsOf(shown)) end
  for _, each in ipairs(names) do put(each, interval) end
end

local function replace(index, kind, name, value, interval)
  local base, claimed, before = partsOf(name)
  if not base then return outcome(index, 'cold') end
  local after = sum(value, negate(base), negate(claimed))
  if not after then return outcome(index, 'overflow') end
  redis.call('HSET', pending, name, after)
  if kind == 'd' then
    redis.call('SADD', deleted, name)
    hasDeleted = true
  elseif hasDeleted then
    redis.call('SREM', deleted, name)
  end
  outcome(index, 'total', base, claimed, before)
  put(name, interval)
end

local function addPlain(index, name, value, interval)
  local refused = addPending(name, value)
  if refused then return outcome(index, refused) end
  if hasDeleted then redis.call('SREM', deleted, name) end
  put(name, interval)
end

local function addMany(index, names, values, interval)
  if isPlain() then
    local time = dueTime(interval)
    local scheduled = addRun(names, values, interval, latest and time >= latest)
    if scheduled then note(time) end
    if scheduled ~= nil then return end
  end
  for i, name in ipairs(names) do addPlain(index + i - 1, name, values[i], interval) end
end

local position, index = 9, 0

while ARGV[position] do
  local kinds, name, value, interval = ARGV[position], ARGV[position + 1], ARGV[position + 2], ARGV[position + 3]
  local kind = string.sub(kinds, 1, 1)
  position = position + 4
  if kinds == 'a' then
    addPlain(index, name, value, interval)
  elseif kinds == 'p' then
    local names = cjson.decode(value)
    addMany(index, names, cjson.decode(interval), name)
    index = index + #names - 1
  elseif kind == 's' or kind == 'd' then
    replace(index, kind, name, value, interval)
  else
    local key, windows, low, high, bounded
    if string.find(kinds, 'k', 2, true) then
      key, position = ARGV[position], position + 1
    end
    if string.find(kinds, 'w', 2, true) then
      windows, position = ARGV[position], position + 1
    end
    if string.find(kinds, 'b', 2, true) then
      low, high, bounded = ARGV[position], ARGV[position + 1], ARGV[position + 2]
      position = position + 3
    end
    increment(index, kind, name, value, interval, key, windows, low, high, bounded)
  end
  index = index + 1
end

if schedule[1] then redis.call('ZADD', due, 'LT', unpack(schedule)) end

local isFirst = earliest and not (first and earliest >= first)
return applied(isFirst and integer(earliest - at) or '', outcomes)
