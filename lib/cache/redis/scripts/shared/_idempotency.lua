-- Keys under which counters were counted: idempotency keys, and keys that count once. A lifetime of a key is cut into spans; a
-- list for each span has the fields that expire in it. So what expires is found without a look at what lives on.
-- idempotency: field -> time at which it expires, as 48 bits, and what there is to know. A field is
--   the digest of counter and idempotency key, 22 characters: the delta
--   '!' and the digest of counter and row of the outbox, 23 characters: the delta. No deletion of the counter makes it forgotten
--   the digest of counter and key that counts once, 10 bytes: see _once.lua
--   ':' and a counter that was deleted, or began anew, while keys were known: how often. Behind the digests of keys that came since
--     then are '.' and this number, so that no key from before is found. It is known as long as any of these keys
-- idempotencyDue: the ends of the spans; idempotencyDue:<end>: the fields of one span. A field is in one list, and goes on to a
--   later one if it lives on when the span is over

-- in one lifetime of a key, at least
local SPANS = 16
local ROW_DIGEST = 23

-- Spans are powers of two, so that keys of many lifetimes share few lists.
local function spanEndOf(expires, ttl)
  local _, exponent = math.frexp(math.max(1, ttl / SPANS))
  local span = 2 ^ (exponent - 1)
  return integer(math.ceil(expires / span) * span)
end

local function keepField(field, value, expires, spanEnd)
  local isNew = redis.call('HSET', idempotency, field, struct.pack('>I6', expires) .. value) == 1
  if isNew and redis.call('RPUSH', idempotencyDue .. ':' .. spanEnd, field) > 1 then return end
  -- the last of these ends is no earlier than the end of any key, see forgetKeysOf
  redis.call('ZADD', idempotencyDue, spanEnd, spanEnd)
end

-- what is stored of a field that has not expired, nil where it is not known
local function valueOf(stored, now)
  if not stored or struct.unpack('>I6', stored) <= now then return nil end
  return string.sub(stored, 7)
end

-- How often the counter was deleted, or began anew.
local function numberOf(name, now)
  return valueOf(redis.call('HGET', idempotency, ':' .. name), now) or '0'
end

-- The same as findKey, of a key that came when the counter had this number.
local function findKeyOf(number, digest, now)
  local field = (number == '0' or #digest == ROW_DIGEST) and digest or digest .. '.' .. number
  return field, valueOf(redis.call('HGET', idempotency, field), now)
end

-- The field of a key of a counter; what is stored of it, nil where it is not known; how often the counter was deleted, nil if never
local function findKey(name, digest, now)
  if #digest == ROW_DIGEST then return digest, valueOf(redis.call('HGET', idempotency, digest), now) end
  local marked, stored = unpack(redis.call('HMGET', idempotency, ':' .. name, digest))
  local deletions = valueOf(marked, now)
  if not deletions then return digest, valueOf(stored, now) end
  local field = digest .. '.' .. deletions
  return field, valueOf(redis.call('HGET', idempotency, field), now), deletions
end

-- found: the field and the number of deletions, of findKey
local function rememberKey(name, field, deletions, value, expires, ttl)
  local spanEnd = spanEndOf(expires, ttl)
  keepField(field, value, expires, spanEnd)
  if not deletions then return end
  local marked = redis.call('HGET', idempotency, ':' .. name)
  if struct.unpack('>I6', marked) < expires then keepField(':' .. name, deletions, expires, spanEnd) end
end

-- No key from before is found until this time, the end of the last span.
local function keepNumber(name, number, last)
  keepField(':' .. name, number, tonumber(last), last)
end

-- The counter was deleted, or begins anew: its keys are not known any more.
local function forgetKeysOf(name, now)
  local last = redis.call('ZRANGE', idempotencyDue, -1, -1)[1]
  -- no key is known in the partition
  if not last or tonumber(last) <= now then return end
  keepNumber(name, integer(numberOf(name, now) + 1), last)
end

-- Removes expired keys, at most `limit`.
local function forgetExpiredKeys(now, limit)
  local spanEnd = redis.call('ZRANGEBYSCORE', idempotencyDue, '-inf', integer(now), 'LIMIT', 0, 1)[1]
  if not spanEnd then return end
  local fields = redis.call('LPOP', idempotencyDue .. ':' .. spanEnd, limit) or {}
  if #fields < limit then redis.call('ZREM', idempotencyDue, spanEnd) end
  if not fields[1] then return end
  local expired = {}
  for i, stored in ipairs(valuesOf(idempotency, fields)) do
    local expires = stored and struct.unpack('>I6', stored)
    if expires and expires <= now then
      expired[#expired + 1] = fields[i]
    elseif expires then
      -- it expired or was taken back, and came again
      local later = spanEndOf(expires, expires - now)
      redis.call('RPUSH', idempotencyDue .. ':' .. later, fields[i])
      redis.call('ZADD', idempotencyDue, later, later)
    end
  end
  deleteFields(idempotency, expired)
end
