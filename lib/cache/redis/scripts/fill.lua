-- ARGV: fence, generation, batch seq or '', ledger seq, ttl, then name, value
local known = redis.call('HMGET', state, 'fence', 'generation')
if known[1] ~= ARGV[1] or known[2] ~= ARGV[2] then return 0 end

-- The value must not hold the open batch, and must hold every batch before it.
local open = redis.call('HGET', batch, ' seq')
if open then
  if open ~= ARGV[3] or tonumber(ARGV[4]) >= tonumber(open) then return 0 end
elseif ARGV[3] ~= '' and ARGV[3] ~= ARGV[4] then
  return 0
end
for i = 6, #ARGV, 2 do
  redis.call('SET', baseKey(ARGV[2], ARGV[i]), ARGV[i + 1], 'PX', ARGV[5])
  if isLarge(ARGV[i + 1]) then redis.call('HSET', large, ARGV[i], ARGV[i + 1]) end
end
return 1
