-- ARGV: nonce, what was left out, the names of what was persisted, the values of that, as JSON; 1 if one of these
-- may be large or 0
if redis.call('HGET', batch, ' nonce') ~= ARGV[1] then return { nextIn(now()) } end

local seq = redis.call('HGET', batch, ' seq')
writeThoughFull()
for _, name in ipairs(cjson.decode(ARGV[2])) do
  local delta = redis.call('HGET', batch, name)
  -- what cannot be summed is kept under the batch's own seq
  if type(redis.pcall('HINCRBY', overflowed, name, delta)) == 'table' then
    redis.call('HSET', overflowed, name .. '\0' .. seq, delta)
  end
end

-- what is known of the values moves on
local isCached = redis.call('EXISTS', bases, olderBases) > 0
local hasLarge = redis.call('EXISTS', large) == 1
if isCached or hasLarge or ARGV[5] == '1' then
  local names, values = cjson.decode(ARGV[3]), cjson.decode(ARGV[4])

  local function update(cached)
    if not names[1] or redis.call('EXISTS', cached) == 0 then return end
    local before, after = redis.call('HMGET', cached, unpack(names)), {}
    for i, name in ipairs(names) do
      if before[i] then
        after[#after + 1] = name
        after[#after + 1] = values[i]
      end
    end
    if after[1] then redis.call('HSET', cached, unpack(after)) end
  end

  update(bases)
  update(olderBases)
  for i, name in ipairs(names) do
    if isLarge(values[i]) then
      redis.call('HSET', large, name, values[i])
    elseif hasLarge then
      redis.call('HDEL', large, name)
    end
  end
end

redis.call('DEL', batch)
return { nextIn(now()) }
