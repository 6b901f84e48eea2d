-- The read cache.
local MOST_BASES = 50000

-- A base lives for one ttl to two, or until there are too many: the older ones go together, in the background.
local function turnBases(now, ttl)
  local age = now - tonumber(redis.call('HGET', state, 'basesSince') or 0)
  local cached = redis.call('HLEN', bases)
  if age >= 0 and age < ttl and cached < MOST_BASES then return end
  redis.call('UNLINK', olderBases)
  if cached > 0 then redis.call('RENAME', bases, olderBases) end
  redis.call('HSET', state, 'basesSince', integer(now))
end
