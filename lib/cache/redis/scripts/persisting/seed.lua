-- Makes the reservation the fence and the generation, if no other reservation was made since. It is in the ledger by now.
-- KEYS: the partition's, see _partition.lua
-- ARGV: generation: the one that was reserved · settings: as shared-settings.ts writes them
-- Answer: 1 if the partition is seeded now, or 0
local generation, settings = unpack(ARGV)

local fence, reserved = unpack(redis.call('HMGET', state, 'fence', 'reserved'))
if fence or not reserved then return 0 end
local seq, lossUpTo, reservedGeneration = string.match(reserved, '^(%d+) (%d+) (.*)$')
if reservedGeneration ~= generation then return 0 end

redis.call('HSET', state, 'fence', seq, 'generation', generation, 'settings', settings, 'protocol', PROTOCOL)
if lossUpTo ~= '0' then redis.call('HSET', state, 'unreported', 'redisWiped ' .. lossUpTo) end
redis.call('HDEL', state, 'reserved', 'chain')
return 1
