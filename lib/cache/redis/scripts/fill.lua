-- ARGV: fence, generation, batch seq or '', ledger seq, ttl, name and value of each counter as JSON, 1 if a value
-- may be large or 0
local known = redis.call('HMGET', state, 'fence', 'generation')
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

local ttl = tonumber(ARGV[5])
turnBases(now(), ttl)
local isNew = redis.call('EXISTS', bases) == 0

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
-- only where nobody fills or sweeps: Redis frees what expires at once, however large
if isNew then redis.call('PEXPIRE', bases, integer(2.125 * ttl)) end
return 1
