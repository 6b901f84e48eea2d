-- ARGV: generation, queues. The reservation of this generation is in the ledger.
local known = redis.call('HMGET', state, 'fence', 'reserved')
if known[1] or not known[2] then return 0 end
local seq, ledgerSeq, generation = string.match(known[2], '^(%d+) (%d+) (.*)$')
if generation ~= ARGV[1] then return 0 end

redis.call('HSET', state, 'fence', seq, 'generation', generation, 'queues', ARGV[2], 'protocol', PROTOCOL)
if ledgerSeq ~= '0' then redis.call('HSET', state, 'unreported', 'redisWiped ' .. ledgerSeq) end
redis.call('HDEL', state, 'reserved', 'chain')
return 1
