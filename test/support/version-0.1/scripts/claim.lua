-- ARGV: limit, nonce
local known = redis.call('HMGET', state, 'fence', 'protocol')
if not known[1] then return { 'unseeded' } end
if known[2] ~= PROTOCOL then return { 'protocol', known[2] } end

local fields
if redis.call('EXISTS', batch) == 1 then
  writeThoughFull()
  fields = redis.call('HGETALL', batch)
else
  local at = now()
  -- these are the first by rank
  local names = redis.call('ZRANGEBYSCORE', due, '-inf', integer(at), 'LIMIT', 0, ARGV[1])
  if not names[1] then return { 'idle', nextIn(at) } end

  writeThoughFull()
  local seq = redis.call('HINCRBY', state, 'fence', 1)
  -- of this execution: a command that was sent once may run twice
  local nonce = ARGV[2] .. ':' .. seq .. ':' .. integer(at)
  fields = { ' seq', integer(seq), ' nonce', nonce, ' at', integer(at), ' counters', integer(#names) }
  local deltas = redis.call('HMGET', pending, unpack(names))
  local hasDeleted = redis.call('EXISTS', deleted) == 1
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
  end
  if batchIsLarge then fields[last + 1], fields[last + 2] = ' large', '1' end
  setMany(batch, unpack(fields))
  redis.call('HDEL', pending, unpack(names))
  redis.call('ZREMRANGEBYRANK', due, 0, #names - 1)
end

-- a write of this connection, which WAIT and WAITAOF wait for, also when another one claimed the batch
redis.call('HSET', batch, ' handed', integer(now()))
return { 'batch', fields }
