-- ARGV: client, seq, generation, queues, tick, idempotency ttl, last seq acknowledged, 1 if an earlier try may have been
-- applied or 0, then per operation: kind, name, value, interval.
-- Kinds: a add · t add and answer the total · s set · d delete. The first two may be followed by k (the idempotency key
-- comes next), w (windows: the suffixes of its buckets) and b (bounds: lowest and highest total or '', and the bucket
-- that they are about or ''). Or for a run of plain increments, of which no two are of one counter: p, interval,
-- names as JSON, values of up to 15 digits as JSON.
local client, seq, generation = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local tick, claimTtl = tonumber(ARGV[5]), tonumber(ARGV[6])

local known = redis.call('HMGET', state, 'generation', 'queues', 'protocol')
if not known[1] then return { 'unseeded' } end
if known[3] ~= PROTOCOL then return { 'protocol', known[3] } end
if known[2] ~= ARGV[4] then return { 'queues', known[2] } end
if known[1] ~= generation then return { 'generation', known[1] } end

local at = now()
local seen = redis.call('HGET', clients, client)
local lastSeq = 0
if seen then
  local answer
  lastSeq, answer = string.match(seen, '^(%d+) %d+ (.*)$')
  lastSeq = tonumber(lastSeq)
  if seq < lastSeq then return { 'stale' } end
  if seq == lastSeq then
    if answer == '' then return { 'interrupted' } end
    local wasLost, wasRepeated, was = string.match(answer, '^(%d)(%d)(.*)$')
    return { 'applied', nextIn(at), cmsgpack.unpack(was), tonumber(wasLost), tonumber(wasRepeated) }
  end
end
-- Before anything else is written: a script that fails half-way is not rolled back, and must not run again.
-- Also where a Redis that is full or read-only refuses, with nothing changed yet.
redis.call('HSET', clients, client, ARGV[2] .. ' ' .. integer(at) .. ' ')

openPending()
local hasDeleted = redis.call('EXISTS', deleted) == 1

local outcomes, schedule, dueAt, earliest = {}, {}, {}, nil
-- the latest time at which something is due, if it was asked for
local latest

local function outcome(index, ...)
  outcomes[#outcomes + 1] = tostring(index)
  for _, part in ipairs({ ... }) do outcomes[#outcomes + 1] = part end
end

-- when what has this interval is due, as a number and as a text
local function dueTime(interval)
  local known = dueAt[interval]
  if not known then
    local milli = tonumber(interval)
    local grain = math.min(tick, milli)
    local time = grain == 0 and at or math.ceil((at + milli) / grain) * grain
    known = { time, integer(time) }
    dueAt[interval] = known
  end
  return known[1], known[2]
end

local function put(name, interval)
  local time, text = dueTime(interval)
  if not earliest or time < earliest then earliest = time end
  if latest and time > latest then latest = time end
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

-- Many at once, where no sum can come near the end of the range: numbers of up to 15 digits are exact in Lua. One text
-- costs less than many arguments, for Redis and for the client.
local function addRun(index, names, values, interval)
  local before = redis.call('HMGET', pending, unpack(names))
  local plain = not hasLarge and not batchIsLarge and not hasDeleted
  local time = dueTime(interval)
  latest = latest or tonumber(redis.call('ZRANGE', due, -1, -1, 'WITHSCORES')[2] or 0)
  local scheduled = time >= latest
  local fields, filled = {}, 0
  for i, name in ipairs(names) do
    local was, value = before[i], values[i]
    if plain and (not was or #was < 16) then
      fields[filled + 1] = name
      fields[filled + 2] = was and was + value or value
      filled = filled + 2
      -- what is pending is due already, and not later
      if not (was and scheduled) then put(name, interval) end
    else
      addPlain(index + i - 1, name, integer(value), interval)
    end
  end
  if filled > 64 then
    setMany(pending, unpack(fields))
  elseif filled > 0 then
    redis.call('HSET', pending, unpack(fields))
  end
end

local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
local position, index = 9, 0

while ARGV[position] do
  local kinds, name, value, interval = ARGV[position], ARGV[position + 1], ARGV[position + 2], ARGV[position + 3]
  local kind = string.sub(kinds, 1, 1)
  position = position + 4
  if kinds == 'a' then
    addPlain(index, name, value, interval)
  elseif kinds == 'p' then
    local names, values = cjson.decode(value), cjson.decode(interval)
    addRun(index, names, values, name)
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
local lost = lastSeq < tonumber(ARGV[7]) and 1 or 0
redis.call('HSET', clients, client, ARGV[2] .. ' ' .. integer(at) .. ' ' .. lost .. ARGV[8] .. cmsgpack.pack(outcomes))

local wakeIn = ''
if earliest and (not first or earliest < tonumber(first)) then wakeIn = integer(earliest - at) end
return { 'applied', wakeIn, outcomes, lost, tonumber(ARGV[8]) }
