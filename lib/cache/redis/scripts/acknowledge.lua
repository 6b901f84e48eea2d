-- ARGV: nonce, how many were left out, their names, then per persisted counter: name, value
if redis.call('HGET', batch, ' nonce') ~= ARGV[1] then return { nextIn(now()) } end

local seq = redis.call('HGET', batch, ' seq')
local leftOut = tonumber(ARGV[2])
writeThoughFull()
for i = 3, 2 + leftOut do
  local delta = redis.call('HGET', batch, ARGV[i])
  -- what cannot be summed is kept under the batch's own seq
  if type(redis.pcall('HINCRBY', overflowed, ARGV[i], delta)) == 'table' then
    redis.call('HSET', overflowed, ARGV[i] .. '\0' .. seq, delta)
  end
end

local generation = redis.call('HGET', state, 'generation')
local hasLarge = redis.call('EXISTS', large) == 1
for i = 3 + leftOut, #ARGV, 2 do
  local name, value = ARGV[i], ARGV[i + 1]
  redis.call('SET', baseKey(generation, name), value, 'XX', 'KEEPTTL')
  if isLarge(value) then
    redis.call('HSET', large, name, value)
  elseif hasLarge then
    redis.call('HDEL', large, name)
  end
end

redis.call('DEL', batch)
return { nextIn(now()) }
