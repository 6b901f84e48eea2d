-- ARGV: fence, generation, batch seq or '', ledger seq, ttl, name and value of each counter as JSON, 1 if a value
-- may be large or 0
-- Deleting so many at once takes Redis some milliseconds.
local MOST_BASES = 50000

local known = redis.call('HMGET', state, 'fence', 'generation', 'basesSince')
if known[1] ~= ARGV[1] or known[2] ~= ARGV[2] then return 0 end

-- The value must not hold the open batch, and must hold every batch before it.
local open = redis.call('HGET', batch, ' seq')
if open then
  if open ~= ARGV[3] or tonumber(ARGV[4]) >= tonumber(open) then return 0 end
elseif ARGV[3] ~= '' and ARGV[3] ~= ARGV[4] then
  return 0
end

local entries = cjson.decode(ARGV[6])
if not entries[1] then return 0 end

-- A base lives for one ttl to two, or until there are too many: the older ones go together.
local at, ttl = now(), tonumber(ARGV[5])
local age = at - tonumber(known[3] or 0)
local cached = redis.call('HLEN', bases)
if age < 0 or age >= ttl or cached >= MOST_BASES then
  redis.call('DEL', olderBases)
  if cached > 0 then redis.call('RENAME', bases, olderBases) end
  redis.call('HSET', state, 'basesSince', integer(at))
  cached = 0
end

if ARGV[7] == '1' then
  for i = 2, #entries, 2 do
    if isLarge(entries[i]) then redis.call('HSET', large, entries[i - 1], entries[i]) end
  end
end
setMany(bases, unpack(entries))
if redis.call('EXISTS', olderBases) == 1 then
  local names = {}
  for i = 1, #entries, 2 do names[#names + 1] = entries[i] end
  redis.call('HDEL', olderBases, unpack(names))
end
if cached == 0 then redis.call('PEXPIRE', bases, 2 * ttl) end
return 1
