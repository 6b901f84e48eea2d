-- Drops the open batch, if it is still this one.
-- KEYS: the partition's, see _partition.lua
-- ARGV: nonce: of the batch · leftOut: counters whose row would have left the 64-bit range, as JSON ·
--   names, values: what was persisted, as JSON · mayBeLarge: 1 if one of the values may be large, or 0 ·
--   where the database refused some, refusedNames, as JSON, and refusal: what it said
-- Answer: 1 if the batch was dropped, or 0
local nonce, leftOut, namesText, valuesText, mayBeLarge, refusedNames, refusal = unpack(ARGV)

local openNonce, seq = unpack(redis.call('HMGET', batch, ' nonce', ' seq'))
if openNonce ~= nonce then return 0 end

writeThoughFull()
local function putAside(parcel, names)
  for _, name in ipairs(cjson.decode(names)) do
    local delta, field = deltaOfBatch(name, '')
    if field then
      -- what sets a row is no increment, and is added to none; the last one of a row that stays is what was meant
      redis.call('HSET', parcel, field, delta)
    -- a sum that would leave the range: the delta is kept apart, under the seq of the batch
    elseif type(redis.pcall('HINCRBY', parcel, name, delta)) == 'table' then
      redis.call('HSET', parcel, name .. '\0' .. seq, delta)
    end
  end
end

putAside(overflowed, leftOut)
if refusedNames then
  putAside(refused, refusedNames)
  redis.call('HSET', state, 'refusal', refusal)
end

-- Sets new values of counters that the hash has; leaves the others out.
local function moveCached(hash, names, values)
  if not names[1] or redis.call('EXISTS', hash) == 0 then return end
  local moved = {}
  for i, before in ipairs(valuesOf(hash, names)) do
    if before then
      moved[#moved + 1] = names[i]
      moved[#moved + 1] = values[i]
    end
  end
  setFields(hash, moved)
end

local hasCached = redis.call('EXISTS', bases, olderBases) > 0
local hasLarge = redis.call('EXISTS', large) == 1
if hasCached or hasLarge or mayBeLarge == '1' then
  local names, values = cjson.decode(namesText), cjson.decode(valuesText)
  moveCached(bases, names, values)
  moveCached(olderBases, names, values)
  for i, name in ipairs(names) do
    if isLarge(values[i]) then
      redis.call('HSET', large, name, values[i])
      endPlain()
    elseif hasLarge then
      redis.call('HDEL', large, name)
    end
  end
end

redis.call('UNLINK', batch)
return 1
