-- Drops the last answer to a client that ended, and keeps its seq for a while.
-- KEYS: the partition's, see _partition.lua
-- ARGV: client · clientTtl: for how many milliseconds a silent client is known · retiredTtl: the same of one that ended
-- Answer: none
local client, clientTtl, retiredTtl = unpack(ARGV)

local seq = parseNote(redis.call('HGET', pending, fieldOf(client)))
if seq == 0 then return end

-- The client expires at this time, as a silent one does. It has no answer: nobody asks again.
local knownUntil = currentTime() + tonumber(retiredTtl)
writeThoughFull()
redis.call('HSET', pending, fieldOf(client), noteOf(integer(seq), knownUntil - tonumber(clientTtl), '00'))
local clientsUntil = redis.call('HGET', state, 'clientsUntil')
if not clientsUntil or knownUntil < tonumber(clientsUntil) then
  redis.call('HSET', state, 'clientsUntil', integer(knownUntil))
end
