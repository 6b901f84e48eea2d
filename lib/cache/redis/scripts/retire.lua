-- Drops the last answer to a client that ended, and keeps its seq for a while.
-- KEYS: the partition's, see _partition.lua
-- ARGV: client · clientTtl: for how many milliseconds an answer is kept · retiredTtl: for how many the client is still known
-- Answer: none
local client, clientTtl, retiredTtl = unpack(ARGV)

local seq = lastCallOf(client)
if seq == 0 then return end

-- as one that was silent for that much of the time already, and without its answer: nobody asks for that again
local knownUntil = currentTime() + tonumber(retiredTtl)
writeThoughFull()
noteCall(client, integer(seq), knownUntil - tonumber(clientTtl), '00' .. cmsgpack.pack({}))
local clientsUntil = redis.call('HGET', state, 'clientsUntil')
if not clientsUntil or knownUntil < tonumber(clientsUntil) then
  redis.call('HSET', state, 'clientsUntil', integer(knownUntil))
end
