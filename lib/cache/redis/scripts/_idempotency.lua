-- Idempotency keys. idempotency: digest of counter and key -> when it expires, as 48 bits, and the delta. idempotencyDue:
-- the ends of spans of time; beside it a list for each, of what expires in it, so that nothing else is looked at.

-- the delta that came with the key, nil where the key is not known
local function deltaOf(digest, at)
  local stored = redis.call('HGET', idempotency, digest)
  if not stored or struct.unpack('>I6', stored) <= at then return nil end
  return string.sub(stored, 7)
end

local function remember(digest, delta, at, ttl)
  local expires, span = at + ttl, math.max(1, math.floor(ttl / 16))
  local last = integer(math.ceil(expires / span) * span)
  redis.call('HSET', idempotency, digest, struct.pack('>I6', expires) .. delta)
  if redis.call('RPUSH', idempotencyDue .. ':' .. last, digest) == 1 then
    redis.call('ZADD', idempotencyDue, last, last)
  end
end

-- at most so many
local function forgetExpired(at, limit)
  local last = redis.call('ZRANGEBYSCORE', idempotencyDue, '-inf', integer(at), 'LIMIT', 0, 1)[1]
  if not last then return end
  local digests = redis.call('LPOP', idempotencyDue .. ':' .. last, limit) or {}
  if #digests < limit then redis.call('ZREM', idempotencyDue, last) end
  if not digests[1] then return end
  local expired = {}
  for i, stored in ipairs(redis.call('HMGET', idempotency, unpack(digests))) do
    -- one that expired and came again is in a later list too
    if stored and struct.unpack('>I6', stored) <= at then expired[#expired + 1] = digests[i] end
  end
  if expired[1] then redis.call('HDEL', idempotency, unpack(expired)) end
end
