-- Hands out the open batch, or claims what is due.
-- KEYS: the partition's, see _partition.lua
-- ARGV: limit: counters in a batch at most · nonce: part of the nonce of a batch that is claimed now · holder: who asks ·
--   lease: for how many milliseconds the holder gets the batch · wakeId: the job that brought the holder here, or ''
-- Answer: 'unseeded' · 'protocol', that of the partition · 'held', for how many milliseconds another has the batch ·
--   'idle', wake or '' · 'batch', its fields and their values
local limit, nonce, holder, leaseText, wakeId = unpack(ARGV)
-- Most looks at what is due, while the counters that are found have nothing pending any more.
local MOST_LOOKS = 20

local fence, protocol, askedWakeId = unpack(redis.call('HMGET', state, 'fence', 'protocol', 'wakeId'))
if not fence then return { 'unseeded' } end
if protocol ~= PROTOCOL then return { 'protocol', protocol } end

local now, lease = currentTime(), tonumber(leaseText)
-- this run sees all that was counted before; what is counted from here on may ask for another job
if wakeId ~= '' and askedWakeId == wakeId then
  writeThoughFull()
  redis.call('HDEL', state, 'wakeAt', 'wakeId')
end

-- The counters that are due first and have something pending, each once. Answers their names, their deltas, and what is to be
-- removed from what is due: members of `due`, each with the number of places that were taken from its list.
local function firstDue(most)
  local found, isKnown, removals = {}, {}, {}
  local function take(name)
    if isKnown[name] then return end
    isKnown[name] = true
    found[#found + 1] = name
  end
  local left = most
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', integer(now), 'LIMIT', 0, most)) do
    local id, taken = listIdOf(member), 1
    if id then
      local listed = redis.call('LRANGE', listKey(id), 0, left - 1)
      for _, name in ipairs(listed) do take(name) end
      taken = #listed
    else
      take(member)
    end
    removals[#removals + 1] = { member = member, listId = id, number = taken }
    left = left - taken
    if left <= 0 then break end
  end
  local names, deltas = {}, {}
  for i, delta in ipairs(valuesOf(pending, found)) do
    if delta then names[#names + 1], deltas[#deltas + 1] = found[i], delta end
  end
  return names, deltas, removals
end

local function removeDue(removals)
  for _, removal in ipairs(removals) do
    local key = removal.listId and listKey(removal.listId)
    if key then redis.call('LTRIM', key, removal.number, -1) end
    if not key or redis.call('EXISTS', key) == 0 then redis.call('ZREM', due, removal.member) end
  end
  local latest = redis.call('ZRANGE', due, -1, -1, 'WITHSCORES')[2]
  if latest then redis.call('HSET', state, 'latestDue', latest) else redis.call('HDEL', state, 'latestDue') end
end

-- Moves these counters from what is pending to a new batch, and answers its fields and their values.
local function open(names, deltas)
  local seq = redis.call('HINCRBY', state, 'fence', 1)
  -- a nonce of this execution: a command that was sent once may run twice
  local ownNonce = nonce .. ':' .. seq .. ':' .. integer(now)
  local fields = { ' seq', integer(seq), ' nonce', ownNonce, ' at', integer(now), ' counters', integer(#names) }
  local length = #fields
  local function put(field, value)
    fields[length + 1], fields[length + 2] = field, value
    length = length + 2
  end

  local hasDeleted = redis.call('EXISTS', deleted) == 1
  local rows = redis.call('EXISTS', expected) == 1 and valuesOf(expected, names)
  local isMoving = redis.call('EXISTS', moves) == 1
  local batchIsLarge = false
  for i, name in ipairs(names) do
    local delta = deltas[i]
    put(name, delta)
    if #delta > 15 and isLarge(delta) then batchIsLarge = true end
    if hasDeleted and redis.call('SREM', deleted, name) == 1 then put(' delete:' .. name, '1') end
    if rows and rows[i] then put(' expected:' .. name, rows[i]) end
    local target = isMoving and targetOf(name, now)
    if target then put(' move:' .. name, target) end
  end
  if batchIsLarge then
    put(' large', '1')
    endPlain()
  end
  setInTable(batch, fields)
  deleteFields(pending, names)
  if rows then deleteFields(expected, names) end
  return fields
end

local fields
if redis.call('EXISTS', batch) == 1 then
  local heldBy, heldUntil = unpack(redis.call('HMGET', batch, ' holder', ' until'))
  local leftFor = heldUntil and tonumber(heldUntil) - now or 0
  -- a hold that is longer than a lease comes of a clock that was put back
  if heldBy ~= holder and leftFor > 0 and leftFor <= lease then return { 'held', integer(leftFor) } end
  writeThoughFull()
  fields = redis.call('HGETALL', batch)
else
  writeThoughFull()
  for _ = 1, MOST_LOOKS do
    local names, deltas, removals = firstDue(tonumber(limit))
    -- in this order: what fails half-way leaves nothing pending that is not due
    if names[1] then fields = open(names, deltas) end
    if removals[1] then removeDue(removals) end
    if names[1] or not removals[1] then break end
  end
  if not fields then return { 'idle', askForFirstWake(now) } end
end

-- WAIT and WAITAOF wait for the writes of their own connection: so there is one, also when another connection claimed the batch
redis.call('HSET', batch, ' holder', holder, ' until', integer(now + lease))
return { 'batch', fields }
