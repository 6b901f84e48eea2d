-- Prunes what has expired, and tells how the partition is.
-- KEYS: the partition's, see _partition.lua
-- ARGV: clientTtl: for how many milliseconds the last answer to a client is kept · baseTtl: the same of cached values
-- Answer: 'protocol', its own · 'health', and a list: a name, its value, the next name …; what there is nothing of is left out
local clientTtl, baseTtl = unpack(ARGV)
local MOST_KEYS_AT_ONCE = 1000
-- So many clients are left alone until one of them is known to have expired.
local FEW_CLIENTS = 32
local CLIENTS_AT_ONCE = 100
-- So many milliseconds a clock may go back and not be noticed.
local CLOCK_TOLERANCE = 1000

local fence, settings, generation, unreported, protocol, clientsUntilText, sweptAtText =
  fieldsOf(state, 'fence', 'settings', 'generation', 'unreported', 'protocol', 'clientsUntil', 'sweptAt')
if fence and protocol ~= PROTOCOL then return { 'protocol', protocol } end

local now = currentTime()
forgetExpiredKeys(now, MOST_KEYS_AT_ONCE)

-- The clock of Redis was put back: what is due lies ahead by as much, until all of it is hastened.
local sweptAt = sweptAtText and tonumber(sweptAtText) or 0
if fence and sweptAt < now then
  writeThoughFull()
  redis.call('HSET', state, 'sweptAt', integer(now))
end

-- Answers when to look again, nil where nothing of what was seen is kept.
local function forgetClients()
  local cursor, seen = unpack(redis.call('HSCAN', clients, redis.call('HGET', state, 'cursor') or '0', 'COUNT', CLIENTS_AT_ONCE))
  redis.call('HSET', state, 'cursor', cursor)
  local next
  for i = 1, #seen, 2 do
    local client, lastCall = seen[i], seen[i + 1]
    local knownUntil = tonumber(string.match(lastCall, '^%d+ (%d+) ')) + tonumber(clientTtl)
    if knownUntil < now then
      redis.call('HDEL', clients, client)
    elseif not next or knownUntil < next then
      next = knownUntil
    end
  end
  return next
end

local clientsUntil = clientsUntilText and tonumber(clientsUntilText)
if redis.call('HLEN', clients) > FEW_CLIENTS or (clientsUntil and clientsUntil < now) then
  local next = forgetClients()
  if next then
    redis.call('HSET', state, 'clientsUntil', integer(next))
  elseif clientsUntil then
    redis.call('HDEL', state, 'clientsUntil')
  end
end

if redis.call('EXISTS', bases, olderBases) > 0 then turnBases(now, tonumber(baseTtl)) end

local health = {}
local function tell(name, value)
  if not value then return end
  health[#health + 1] = name
  health[#health + 1] = value
end

local first = firstDueTime()
local openedAt, batchSeq, batchCounters, heldUntil = fieldsOf(batch, ' at', ' seq', ' counters', ' until')
tell('fence', fence)
tell('generation', generation)
tell('settings', settings)
tell('pending', redis.call('HLEN', pending))
tell('due', redis.call('ZCOUNT', due, '-inf', integer(now)))
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
