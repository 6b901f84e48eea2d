-- ARGV: nonce, how many were left out, how many were persisted, the names of these, of those, the values of those
if redis.call('HGET', batch, ' nonce') ~= ARGV[1] then return { nextIn(now()) } end

local seq = redis.call('HGET', batch, ' seq')
local leftOut, persisted = tonumber(ARGV[2]), tonumber(ARGV[3])
local names, values = 3 + leftOut, 3 + leftOut + persisted
writeThoughFull()
for i = 4, names do
  local delta = redis.call('HGET', batch, ARGV[i])
  -- what cannot be summed is kept under the batch's own seq
  if type(redis.pcall('HINCRBY', overflowed, ARGV[i], delta)) == 'table' then
    redis.call('HSET', overflowed, ARGV[i] .. '\0' .. seq, delta)
  end
end

local hasLarge = redis.call('EXISTS', large) == 1
for i = 1, persisted do
  if isLarge(ARGV[values + i]) then
    redis.call('HSET', large, ARGV[names + i], ARGV[values + i])
  elseif hasLarge then
    redis.call('HDEL', large, ARGV[names + i])
  end
end

-- what is cached moves on
local function update(cached)
  if persisted == 0 or redis.call('EXISTS', cached) == 0 then return end
  local before, after = redis.call('HMGET', cached, unpack(ARGV, names + 1, values)), {}
  for i = 1, persisted do
    if before[i] then
      after[#after + 1] = ARGV[names + i]
      after[#after + 1] = ARGV[values + i]
    end
  end
  if after[1] then redis.call('HSET', cached, unpack(after)) end
end

update(bases)
update(olderBases)
redis.call('DEL', batch)
return { nextIn(now()) }
