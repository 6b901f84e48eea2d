-- The read cache: persisted values of counters, in two hashes.
local MOST_BASES = 50000

-- A base lives for one to two ttl, or until there are too many. Then the younger hash becomes the older one, and the older
-- one is dropped as a whole; Redis frees its memory in the background.
local function turnBases(now, ttl)
  local age = now - tonumber(redis.call('HGET', state, 'basesSince') or 0)
  local cached = redis.call('HLEN', bases)
  if age >= 0 and age < ttl and cached < MOST_BASES then return end
  redis.call('UNLINK', olderBases)
  if cached > 0 then redis.call('RENAME', bases, olderBases) end
  redis.call('HSET', state, 'basesSince', integer(now))
end
