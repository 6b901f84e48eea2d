-- ARGV: fence, generation, batch seq or '', ledger seq, ttl, then per counter: name, value
-- Deleting so many at once takes Redis some milliseconds.
local MOST_BASES = 50000

local known = redis.call('HMGET', state, 'fence', 'generation')
if known[1] ~= ARGV[1] or known[2] ~= ARGV[2] or not ARGV[6] then return 0 end

-- The value must not hold the open batch, and must hold every batch before it.
local open = redis.call('HGET', batch, ' seq')
if open then
  if open ~= ARGV[3] or tonumber(ARGV[4]) >= tonumber(open) then return 0 end
elseif ARGV[3] ~= '' and ARGV[3] ~= ARGV[4] then
  return 0
end

-- A base lives for one ttl to two, or until there are too many: the older ones go together.
local at, ttl = now(), tonumber(ARGV[5])
local age = at - tonumber(redis.call('HGET', state, 'basesSince') or 0)
if age < 0 or age >= ttl or redis.call('HLEN', bases) >= MOST_BASES then
  redis.call('DEL', olderBases)
  if redis.call('EXISTS', bases) == 1 then redis.call('RENAME', bases, olderBases) end
  redis.call('HSET', state, 'basesSince', integer(at))
end

local isNew = redis.call('EXISTS', bases) == 0
local names = {}
for i = 6, #ARGV, 2 do
  names[#names + 1] = ARGV[i]
  if isLarge(ARGV[i + 1]) then redis.call('HSET', large, ARGV[i], ARGV[i + 1]) end
end
setMany(bases, unpack(ARGV, 6))
redis.call('HDEL', olderBases, unpack(names))
if isNew then redis.call('PEXPIRE', bases, 2 * ttl) end
return 1
