-- Keeps the open batch for its holder, or gives it up.
-- KEYS: the partition's, see _partition.lua
-- ARGV: nonce: of the batch · holder: who has it · milliseconds: for how long from now; 0 gives it up
-- Answer: 1 if this holder has this batch, or 0
local nonce, holder, milliseconds = unpack(ARGV)

local openNonce, heldBy = unpack(redis.call('HMGET', batch, ' nonce', ' holder'))
if openNonce ~= nonce or heldBy ~= holder then return 0 end
writeThoughFull()
redis.call('HSET', batch, ' until', integer(currentTime() + milliseconds))
return 1
