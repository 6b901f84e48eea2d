-- ARGV: limit, nonce, holder, for how many milliseconds it holds the batch, the job that the run came by or ''
local known = redis.call('HMGET', state, 'fence', 'protocol', 'wakeId')
if not known[1] then return { 'unseeded' } end
if known[2] ~= PROTOCOL then return { 'protocol', known[2] } end

local at, lease = now(), tonumber(ARGV[4])
-- from here on another job may be asked for: this run sees what was counted before
if ARGV[5] ~= '' and known[3] == ARGV[5] then
  writeThoughFull()
  redis.call('HDEL', state, 'wakeAt', 'wakeId')
end

local fields
if redis.call('EXISTS', batch) == 1 then
  local held = redis.call('HMGET', batch, ' holder', ' until')
  local leftFor = held[2] and tonumber(held[2]) - at or 0
  -- one that is held longer than it can be is of a clock that was put back
  if held[1] ~= ARGV[3] and leftFor > 0 and leftFor <= lease then return { 'held', integer(leftFor) } end
  writeThoughFull()
  fields = redis.call('HGETALL', batch)
else
  -- these are the first by rank
  local names = redis.call('ZRANGEBYSCORE', due, '-inf', integer(at), 'LIMIT', 0, ARGV[1])
  writeThoughFull()
  if not names[1] then return { 'idle', wakeForFirst(at) } end

  local seq = redis.call('HINCRBY', state, 'fence', 1)
  -- of this execution: a command that was sent once may run twice
  local nonce = ARGV[2] .. ':' .. seq .. ':' .. integer(at)
  fields = { ' seq', integer(seq), ' nonce', nonce, ' at', integer(at), ' counters', integer(#names) }
  local deltas = redis.call('HMGET', pending, unpack(names))
  local hasDeleted = redis.call('EXISTS', deleted) == 1
  local rows = redis.call('EXISTS', expected) == 1 and redis.call('HMGET', expected, unpack(names))
  local batchIsLarge = false
  local last = #fields
  for i, name in ipairs(names) do
    fields[last + 1], fields[last + 2] = name, deltas[i] or '0'
    last = last + 2
    if deltas[i] and #deltas[i] > 15 and isLarge(deltas[i]) then batchIsLarge = true end
    if hasDeleted and redis.call('SREM', deleted, name) == 1 then
      fields[last + 1], fields[last + 2] = ' delete:' .. name, '1'
      last = last + 2
    end
    if rows and rows[i] then
      fields[last + 1], fields[last + 2] = ' expected:' .. name, rows[i]
      last = last + 2
    end
  end
  if batchIsLarge then fields[last + 1], fields[last + 2] = ' large', '1' end
  setMany(batch, unpack(fields))
  redis.call('HDEL', pending, unpack(names))
  if rows then redis.call('HDEL', expected, unpack(names)) end
  redis.call('ZREMRANGEBYRANK', due, 0, #names - 1)
end

-- a write of this connection, which WAIT and WAITAOF wait for, also when another one claimed the batch
redis.call('HSET', batch, ' holder', ARGV[3], ' until', integer(at + lease))
return { 'batch', fields }
