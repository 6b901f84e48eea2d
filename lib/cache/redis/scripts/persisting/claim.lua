-- Hands out the open batch, or claims what is due.
-- KEYS: the partition's, see _partition.lua
-- ARGV: limit: counters in a batch at most · nonce: part of the nonce of a batch that is claimed now · holder: who asks ·
--   lease: for how many milliseconds the holder gets the batch · wakeId: the job that brought the holder here, or ''
-- Answer: 'unseeded' · 'protocol', that of the partition · 'held', for how many milliseconds another has the batch ·
--   'idle', wake or '' · 'batch', its fields and their values
local limit, nonce, holder, leaseText, wakeId = unpack(ARGV)

local fence, protocol, askedWakeId = unpack(redis.call('HMGET', state, 'fence', 'protocol', 'wakeId'))
if not fence then return { 'unseeded' } end
if protocol ~= PROTOCOL then return { 'protocol', protocol } end

local now, lease = currentTime(), tonumber(leaseText)
-- this run sees all that was counted before; what is counted from here on may ask for another job
if wakeId ~= '' and askedWakeId == wakeId then
  writeThoughFull()
  redis.call('HDEL', state, 'wakeAt', 'wakeId')
end

-- Moves these counters from what is pending to a new batch, and answers its fields and their values.
local function open(names)
  local seq = redis.call('HINCRBY', state, 'fence', 1)
  -- a nonce of this execution: a command that was sent once may run twice
  local ownNonce = nonce .. ':' .. seq .. ':' .. integer(now)
  local fields = { ' seq', integer(seq), ' nonce', ownNonce, ' at', integer(now), ' counters', integer(#names) }
  local length = #fields
  local function put(field, value)
    fields[length + 1], fields[length + 2] = field, value
    length = length + 2
  end

  local deltas = valuesOf(pending, names)
  local hasDeleted = redis.call('EXISTS', deleted) == 1
  local rows = redis.call('EXISTS', expected) == 1 and valuesOf(expected, names)
  local batchIsLarge = false
  for i, name in ipairs(names) do
    local delta = deltas[i] or '0'
    put(name, delta)
    if #delta > 15 and isLarge(delta) then batchIsLarge = true end
    if hasDeleted and redis.call('SREM', deleted, name) == 1 then put(' delete:' .. name, '1') end
    if rows and rows[i] then put(' expected:' .. name, rows[i]) end
  end
  if batchIsLarge then put(' large', '1') end
  setInTable(batch, fields)
  deleteFields(pending, names)
  if rows then deleteFields(expected, names) end
  redis.call('ZREMRANGEBYRANK', due, 0, #names - 1)
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
  -- the first by rank, which ZREMRANGEBYRANK removes below
  local names = redis.call('ZRANGEBYSCORE', due, '-inf', integer(now), 'LIMIT', 0, limit)
  writeThoughFull()
  if not names[1] then return { 'idle', askForFirstWake(now) } end
  fields = open(names)
end

-- WAIT and WAITAOF wait for the writes of their own connection: so there is one, also when another connection claimed the batch
redis.call('HSET', batch, ' holder', holder, ' until', integer(now + lease))
return { 'batch', fields }
