-- ARGV: how long a client's last answer is kept, ttl of bases
local known = redis.call('HMGET', state, 'fence', 'settings', 'generation', 'unreported', 'protocol', 'clientsUntil', 'sweptAt')
if known[1] and known[5] ~= PROTOCOL then return { 'protocol', known[5] } end

local at = now()
forgetExpired(at, 1000)

-- The clock of Redis was put back: what is due lies ahead by as much, until all of it is hastened.
local sweptAt = known[7] and tonumber(known[7]) or 0
local wentBack = sweptAt > at + 1000
if known[1] and sweptAt < at then
  writeThoughFull()
  redis.call('HSET', state, 'sweptAt', integer(at))
end

-- few are left alone until one of them is known to have expired
local clientsUntil = known[6] and tonumber(known[6])
if redis.call('HLEN', clients) > 32 or (clientsUntil and clientsUntil < at) then
  local all = redis.call('HSCAN', clients, redis.call('HGET', state, 'cursor') or '0', 'COUNT', 100)
  redis.call('HSET', state, 'cursor', all[1])
  local next
  for i = 1, #all[2], 2 do
    local last = tonumber(string.match(all[2][i + 1], '^%d+ (%d+) ')) + tonumber(ARGV[1])
    if last < at then
      redis.call('HDEL', clients, all[2][i])
    elseif not next or last < next then
      next = last
    end
  end
  if next then
    redis.call('HSET', state, 'clientsUntil', integer(next))
  elseif clientsUntil then
    redis.call('HDEL', state, 'clientsUntil')
  end
end

if redis.call('EXISTS', bases, olderBases) > 0 then turnBases(at, tonumber(ARGV[2])) end

local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
local open = redis.call('HMGET', batch, ' at', ' seq', ' counters', ' until')
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
  open[4] and integer(open[4] - at) or '',
  redis.call('HLEN', refused),
  wentBack and 1 or 0,
}
