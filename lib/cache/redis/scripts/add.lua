-- ARGV: client, seq, generation, queues, tick, idempotency ttl, then per operation: kind, name, value, interval
-- and, for a kind in upper case, the idempotency key.
-- Kinds: a add · t add and answer the total · s set · d delete
local client, seq, generation = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local tick, claimTtl = tonumber(ARGV[5]), tonumber(ARGV[6])

local known = redis.call('HMGET', state, 'generation', 'queues')
if not known[1] then return { 'unseeded' } end
if known[2] ~= ARGV[4] then return { 'queues', known[2] } end
if known[1] ~= generation then return { 'generation', known[1] } end

local at = now()
local seen = redis.call('HGET', clients, client)
if seen then
  local lastSeq, answer = string.match(seen, '^(%d+) %d+ (.*)$')
  lastSeq = tonumber(lastSeq)
  if seq < lastSeq then return { 'stale' } end
  if seq == lastSeq then
    if answer == '' then return { 'interrupted' } end
    return { 'applied', nextIn(at), cmsgpack.unpack(answer) }
  end
end
-- Before anything else is written: a script that fails half-way is not rolled back, and must not run again.
-- Also where a Redis that is full or read-only refuses, with nothing changed yet.
redis.call('HSET', clients, client, ARGV[2] .. ' ' .. milliseconds(at) .. ' ')

local hasLarge = redis.call('EXISTS', large) == 1
local hasDeleted = redis.call('EXISTS', deleted) == 1

-- the field's new value, or nil when it would leave the range: then it is as it was
local function increment(key, field, value)
  local result = redis.pcall('HINCRBY', key, field, value)
  if type(result) == 'number' then return result end
  if string.find(result.err, 'overflow', 1, true) then return nil end
  error(result.err)
end

local function subtract(name, value)
  if value == '0' then return 0 end
  if value == '-9223372036854775808' then
    return increment(pending, name, '9223372036854775807') and increment(pending, name, '1')
  end
  local negated = string.sub(value, 1, 1) == '-' and string.sub(value, 2) or '-' .. value
  return increment(pending, name, negated)
end

local function persisted(name)
  return hasLarge and redis.call('HGET', large, name) or redis.call('GET', baseKey(generation, name))
end

local function leavesRange(name)
  local base = persisted(name)
  if not base then return false end
  local sum = basePrefix .. 'sum'
  redis.call('HSET', sum, 'total', base)
  local claimed = redis.call('HGET', batch, name)
  local fits = (not claimed or increment(sum, 'total', claimed))
    and increment(sum, 'total', redis.call('HGET', pending, name))
  redis.call('DEL', sum)
  return not fits
end

-- true when the value was added
local function add(name, value)
  local sum = increment(pending, name, value)
  if not sum then return false end
  local risky = isLarge(sum) or (hasLarge and redis.call('HEXISTS', large, name) == 1)
  if risky and leavesRange(name) then
    subtract(name, value)
    if not redis.call('ZSCORE', due, name) then redis.call('HDEL', pending, name) end
    return false
  end
  return true
end

-- true when the total became the value: pending := value - base - batch
local function set(name, value, base, claimed, before)
  redis.call('HSET', pending, name, value)
  if subtract(name, base) and subtract(name, claimed) then return true end
  if before then redis.call('HSET', pending, name, before) else redis.call('HDEL', pending, name) end
  return false
end

local outcomes, schedule, dueAt, earliest = {}, {}, {}, nil

local function outcome(index, ...)
  outcomes[#outcomes + 1] = tostring(index)
  for _, part in ipairs({ ... }) do outcomes[#outcomes + 1] = part end
end

local function put(name, interval)
  local time = dueAt[interval]
  if not time then
    local milli = tonumber(interval)
    local grain = math.min(tick, milli)
    time = grain == 0 and at or math.ceil((at + milli) / grain) * grain
    dueAt[interval] = time
  end
  if not earliest or time < earliest then earliest = time end
  schedule[#schedule + 1] = milliseconds(time)
  schedule[#schedule + 1] = name
end

local function claim(index, name, value, key)
  local field = name .. '\0' .. key
  local before = redis.call('HGET', claims, field)
  if before then
    outcome(index, before == value and 'duplicate' or 'conflict')
    return false
  end
  local expired = redis.call('ZRANGEBYSCORE', claimsDue, '-inf', milliseconds(at), 'LIMIT', 0, 2)
  if expired[1] then
    redis.call('HDEL', claims, unpack(expired))
    redis.call('ZREM', claimsDue, unpack(expired))
  end
  redis.call('HSET', claims, field, value)
  redis.call('ZADD', claimsDue, milliseconds(at + claimTtl), field)
  return true
end

local function unclaim(name, key)
  redis.call('HDEL', claims, name .. '\0' .. key)
  redis.call('ZREM', claimsDue, name .. '\0' .. key)
end

local function run(index, kind, name, value, interval, key)
  local base
  if kind ~= 'a' then
    base = persisted(name)
    if not base then return outcome(index, 'cold') end
  end
  if key and not claim(index, name, value, key) then return end
  local claimed = base and redis.call('HGET', batch, name) or '0'
  if kind == 'a' or kind == 't' then
    if not add(name, value) then
      if key then unclaim(name, key) end
      return outcome(index, 'overflow')
    end
    if hasDeleted then redis.call('SREM', deleted, name) end
    if kind == 't' then outcome(index, 'total', base, claimed, redis.call('HGET', pending, name)) end
  else
    local before = redis.call('HGET', pending, name)
    if not set(name, value, base, claimed, before) then return outcome(index, 'overflow') end
    if kind == 'd' then
      redis.call('SADD', deleted, name)
      hasDeleted = true
    elseif hasDeleted then
      redis.call('SREM', deleted, name)
    end
    outcome(index, 'total', base, claimed, before or '0')
  end
  put(name, interval)
end

local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
local position, index = 7, 0
while ARGV[position] do
  local kind = ARGV[position]
  local lower = string.lower(kind)
  local key = lower ~= kind and ARGV[position + 4] or nil
  run(index, lower, ARGV[position + 1], ARGV[position + 2], ARGV[position + 3], key)
  position = position + (key and 5 or 4)
  index = index + 1
end

if schedule[1] then redis.call('ZADD', due, 'LT', unpack(schedule)) end
redis.call('HSET', clients, client, ARGV[2] .. ' ' .. milliseconds(at) .. ' ' .. cmsgpack.pack(outcomes))

local wakeIn = ''
if earliest and (not first or earliest < tonumber(first)) then wakeIn = milliseconds(earliest - at) end
return { 'applied', wakeIn, outcomes }
