-- Idempotency keys. A lifetime of a key is cut into spans; a list for each span has the digests that expire in it. So what
-- expires is found without a look at what lives on.
-- idempotency: digest of counter and key -> time at which it expires, as 48 bits, and the delta
-- idempotencyDue: the ends of the spans; idempotencyDue:<end>: the digests of one span

-- in one lifetime of a key
local SPANS = 16

-- the delta that came with the key, nil where the key is not known
local function deltaOfKey(digest, now)
  local stored = redis.call('HGET', idempotency, digest)
  if not stored or struct.unpack('>I6', stored) <= now then return nil end
  return string.sub(stored, 7)
end

local function rememberKey(digest, delta, expires, ttl)
  local span = math.max(1, math.floor(ttl / SPANS))
  local spanEnd = integer(math.ceil(expires / span) * span)
  redis.call('HSET', idempotency, digest, struct.pack('>I6', expires) .. delta)
  if redis.call('RPUSH', idempotencyDue .. ':' .. spanEnd, digest) == 1 then
    redis.call('ZADD', idempotencyDue, spanEnd, spanEnd)
  end
end

-- Removes expired keys, at most `limit`.
local function forgetExpiredKeys(now, limit)
  local spanEnd = redis.call('ZRANGEBYSCORE', idempotencyDue, '-inf', integer(now), 'LIMIT', 0, 1)[1]
  if not spanEnd then return end
  local digests = redis.call('LPOP', idempotencyDue .. ':' .. spanEnd, limit) or {}
  if #digests < limit then redis.call('ZREM', idempotencyDue, spanEnd) end
  if not digests[1] then return end
  local expired = {}
  for i, stored in ipairs(valuesOf(idempotency, digests)) do
    -- a key that expired and was used again is in a later list too
    if stored and struct.unpack('>I6', stored) <= now then expired[#expired + 1] = digests[i] end
  end
  deleteFields(idempotency, expired)
end
