-- ARGV: limit, nonce
local known = redis.call('HMGET', state, 'fence', 'protocol')
if not known[1] then return { 'unseeded' } end
if known[2] ~= PROTOCOL then return { 'protocol', known[2] } end

if redis.call('EXISTS', batch) == 0 then
  local at = now()
  local names = redis.call('ZRANGEBYSCORE', due, '-inf', integer(at), 'LIMIT', 0, ARGV[1])
  if not names[1] then return { 'idle', nextIn(at) } end

  writeThoughFull()
  local seq = redis.call('HINCRBY', state, 'fence', 1)
  -- of this execution: a command that was sent once may run twice
  local nonce = ARGV[2] .. ':' .. seq .. ':' .. integer(at)
  local fields = { ' seq', seq, ' nonce', nonce, ' at', integer(at) }
  fields[7], fields[8] = ' counters', #names
  local deltas = redis.call('HMGET', pending, unpack(names))
  local hasDeleted = redis.call('EXISTS', deleted) == 1
  local batchIsLarge = false
  for i, name in ipairs(names) do
    fields[#fields + 1] = name
    fields[#fields + 1] = deltas[i] or '0'
    if deltas[i] and isLarge(deltas[i]) then batchIsLarge = true end
    if hasDeleted and redis.call('SREM', deleted, name) == 1 then
      fields[#fields + 1] = ' delete:' .. name
      fields[#fields + 1] = '1'
    end
  end
  if batchIsLarge then
    fields[#fields + 1] = ' large'
    fields[#fields + 1] = '1'
  end
  setMany(batch, unpack(fields))
  redis.call('HDEL', pending, unpack(names))
  redis.call('ZREM', due, unpack(names))
end

-- a write of this connection, which WAIT and WAITAOF wait for, also when another one claimed the batch
writeThoughFull()
redis.call('HSET', batch, ' handed', integer(now()))
return { 'batch', redis.call('HGETALL', batch) }
