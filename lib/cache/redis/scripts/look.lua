-- ARGV: names
local known = redis.call('HMGET', state, 'fence', 'generation', 'queues')
if not known[1] then return { '' } end
if not ARGV[1] then return { known[1], known[2], redis.call('HGET', batch, ' seq') or '', known[3], {}, {}, {} } end
local bases = {}
for i, name in ipairs(ARGV) do bases[i] = baseKey(known[2], name) end
return {
  known[1],
  known[2],
  redis.call('HGET', batch, ' seq') or '',
  known[3],
  redis.call('HMGET', pending, unpack(ARGV)),
  redis.call('HMGET', batch, unpack(ARGV)),
  redis.call('MGET', unpack(bases)),
}
