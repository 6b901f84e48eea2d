-- Prunes what has expired, and tells how the partition is.
-- KEYS: the partition's, see _partition.lua
-- ARGV: clientTtl: for how many milliseconds a silent client is known · baseTtl: the ttl of cached values, in milliseconds
-- Answer: 'protocol', that of the partition · 'health', and a list: a name, its value, the next name …; names without a value
--   are left out
local clientTtl, baseTtl = unpack(ARGV)
local MOST_KEYS_AT_ONCE = 1000
-- Up to this number of clients, none is looked at before one is known to have expired.
local FEW_CLIENTS = 32
local CLIENTS_AT_ONCE = 100
local MOST_LISTS = 1000
-- At each end of what is due, this many lists are looked at for places that are no longer needed.
local LISTS_AT_AN_END = 50
-- A clock that goes back by no more than this, in milliseconds, is not noticed.
local CLOCK_TOLERANCE = 1000

local fence, settings, generation, unreported, protocol, clientsUntilText, sweptAtText =
  unpack(redis.call('HMGET', state, 'fence', 'settings', 'generation', 'unreported', 'protocol', 'clientsUntil', 'sweptAt'))
if fence and protocol ~= PROTOCOL then return { 'protocol', protocol } end

local now = currentTime()
forgetExpiredKeys(now, MOST_KEYS_AT_ONCE)
forgetMoves(now)

-- If the clock of Redis was put back, due times lie ahead by as much, until all counters are hastened.
local sweptAt = sweptAtText and tonumber(sweptAtText) or 0
if fence and sweptAt < now then
  writeThoughFull()
  redis.call('HSET', state, 'sweptAt', integer(now))
end

-- Answers when the next of those that were seen expires, nil if all of them have.
local function forgetClients()
  local cursor, seen = unpack(redis.call('SSCAN', clients, redis.call('HGET', state, 'cursor') or '0', 'COUNT', CLIENTS_AT_ONCE))
  redis.call('HSET', state, 'cursor', cursor)
  local nextExpiry
  for _, client in ipairs(seen) do
    local _, time = parseNote(redis.call('HGET', pending, fieldOf(client)))
    local knownUntil = time + tonumber(clientTtl)
    if knownUntil < now then
      redis.call('HDEL', pending, fieldOf(client))
      redis.call('SREM', clients, client)
    elseif not nextExpiry or knownUntil < nextExpiry then
      nextExpiry = knownUntil
    end
  end
  return nextExpiry
end

local clientsUntil = clientsUntilText and tonumber(clientsUntilText)
if redis.call('SCARD', clients) > FEW_CLIENTS or (clientsUntil and clientsUntil < now) then
  local nextExpiry = forgetClients()
  if nextExpiry then
    redis.call('HSET', state, 'clientsUntil', integer(nextExpiry))
  elseif clientsUntil then
    redis.call('HDEL', state, 'clientsUntil')
  end
end

-- a worker of version 0.1 may have noted a large value after the partition was taken over
if redis.call('EXISTS', large, deleted) > 0 or redis.call('HEXISTS', batch, ' large') == 1 then endPlain() end

if redis.call('EXISTS', bases, olderBases) > 0 then turnBases(now, tonumber(baseTtl)) end

-- Counters that are due. Of many lists only the first are looked at, and each of the others counts as one.
local function numberOfDue()
  local number = redis.call('ZCOUNT', due, '-inf', integer(now))
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', integer(now), 'LIMIT', 0, MOST_LISTS)) do
    local id = listIdOf(member)
    if id then number = number + redis.call('LLEN', listKey(id)) - 1 end
  end
  return number
end

local waiting = redis.call('HLEN', pending) - redis.call('SCARD', clients)
for _, member in ipairs(redis.call('ZRANGE', due, 0, LISTS_AT_AN_END - 1)) do compact(member, waiting) end
for _, member in ipairs(redis.call('ZRANGE', due, -LISTS_AT_AN_END, -1)) do compact(member, waiting) end

local health = {}
local function tell(name, value)
  if not value then return end
  health[#health + 1] = name
  health[#health + 1] = value
end

local first = firstDueTime()
local openedAt, batchSeq, batchCounters, heldUntil = unpack(redis.call('HMGET', batch, ' at', ' seq', ' counters', ' until'))
tell('fence', fence)
tell('generation', generation)
tell('settings', settings)
tell('pending', waiting)
tell('due', numberOfDue())
tell('overdueBy', first and integer(now - first))
tell('batchSeq', batchSeq)
tell('batchCounters', batchCounters)
tell('batchAge', openedAt and integer(now - openedAt))
tell('batchHeldFor', heldUntil and integer(heldUntil - now))
tell('overflowed', redis.call('HLEN', overflowed))
tell('refused', redis.call('HLEN', refused))
tell('parked', redis.call('HLEN', parked))
tell('clockWentBack', sweptAt > now + CLOCK_TOLERANCE and 1)
tell('unreported', unreported)
return { 'health', health }
