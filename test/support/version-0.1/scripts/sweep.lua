-- ARGV: how long a client's last answer is kept
local known = redis.call('HMGET', state, 'fence', 'queues', 'generation', 'unreported', 'protocol')
if known[1] and known[5] ~= PROTOCOL then return { 'protocol', known[5] } end

local at = now()
local expired = redis.call('ZRANGEBYSCORE', claimsDue, '-inf', integer(at), 'LIMIT', 0, 1000)
if expired[1] then
  redis.call('HDEL', claims, unpack(expired))
  redis.call('ZREM', claimsDue, unpack(expired))
end

if redis.call('HLEN', clients) > 32 then
  local all = redis.call('HSCAN', clients, redis.call('HGET', state, 'cursor') or '0', 'COUNT', 100)
  redis.call('HSET', state, 'cursor', all[1])
  for i = 1, #all[2], 2 do
    local time = tonumber(string.match(all[2][i + 1], '^%d+ (%d+) '))
    if time < at - tonumber(ARGV[1]) then redis.call('HDEL', clients, all[2][i]) end
  end
end

local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
local open = redis.call('HMGET', batch, ' at', ' seq', ' counters')
return {
  known[1] and 1 or 0,
  known[2] or '',
  redis.call('HLEN', pending),
  first and integer(at - first) or '',
  open[1] and integer(at - open[1]) or '',
  redis.call('HLEN', overflowed),
  redis.call('HLEN', parked),
  known[1] or '',
  redis.call('ZCOUNT', due, '-inf', integer(at)),
  open[2] or '',
  open[3] or '',
  known[3] or '',
  known[4] or '',
}
