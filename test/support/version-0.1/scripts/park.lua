-- ARGV: nonce or '', ledger seq, new generation. Redis went back in time: the open batch stands under a seq that the
-- database knows for another batch or, without a nonce, the database is ahead of the fence.
local known = redis.call('HMGET', state, 'fence', 'generation')
if not known[1] then return 0 end
local fence, ledgerSeq, old = tonumber(known[1]), tonumber(ARGV[2]), known[2]
if ARGV[1] == '' then
  if fence >= ledgerSeq then return 0 end
elseif redis.call('HGET', batch, ' nonce') ~= ARGV[1] then
  return 0
end

writeThoughFull()
-- nothing here can be told from what the database has
local parcel = parcelKey(old)
if redis.call('EXISTS', pending) == 1 then redis.call('RENAME', pending, parcel) end
local fields = redis.call('HGETALL', batch)
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 1) ~= ' ' then redis.call('HSET', parcel, fields[i] .. '\0batch', fields[i + 1]) end
end
if redis.call('EXISTS', parcel) == 1 then redis.call('HSET', parked, old, integer(now())) end
redis.call('DEL', batch, due, deleted, large, bases, olderBases)
redis.call('HSET', state, 'fence', integer(math.max(fence, ledgerSeq)), 'generation', ARGV[3] .. ':' .. integer(now()))
redis.call('HSET', state, 'unreported', 'parked ' .. ARGV[2])
return 1
