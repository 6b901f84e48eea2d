-- Notes the generation that a partition without a fence is to be seeded with. The ledger is locked by the caller, in
-- `store.seed`.
-- KEYS: the partition's, see _partition.lua
-- ARGV: seq: the one after the ledger's · randomPart: a random part of the new generation · nonce: of the ledger
-- Answer: the generation that is reserved, or '' if there is a fence
local seqText, randomPart, nonce = unpack(ARGV)

if redis.call('HEXISTS', state, 'fence') == 1 then return '' end
local seq = tonumber(seqText)

-- Reservations that follow one another without a batch between them are a chain. It tells a new Redis, where nothing was lost,
-- from a wiped one. Committing a reservation writes its generation to the ledger as nonce. So a ledger whose nonce is a
-- generation of the chain was moved by a reservation, and not by a batch. A process may die before it commits its reservation,
-- or after that and before it seeds the partition: then the next process reserves, in the same chain. All of a chain are about
-- one loss: that of the batches up to `lossUpTo`, the seq that the ledger had before the first of them.
-- chain: seq of the last reservation, lossUpTo, nonce of the ledger at the last reservation, generations
local chain = redis.call('HGET', state, 'chain')
-- unless (a) or (b) holds, a batch moved the ledger, or there is no chain yet: then a new chain begins
local lossUpTo, earlierGenerations, isLate = integer(seq - 1), '', false
if chain then
  local lastSeq, chainLossUpTo, lastNonce, generations = string.match(chain, '^(%d+) (%d+) (%S*) (%S+)$')
  -- a command that came late, after a reservation with a higher seq: it leaves the chain as it is
  isLate = seq < tonumber(lastSeq)
  if nonce == lastNonce then
    -- (a) the same nonce as last time: the last reservation was not committed; the chain grows
    lossUpTo, earlierGenerations = chainLossUpTo, generations .. ','
  elseif string.find(',' .. generations .. ',', ',' .. nonce .. ',', 1, true) then
    -- (b) the nonce is a generation of the chain: that one was committed. The same loss, but the generations before it can no
    -- longer become a nonce
    lossUpTo = chainLossUpTo
  end
end
-- The time makes the generation unique, so that a second run is another reservation: a command that was sent once may run twice,
-- the second time on another Redis. `:0` behind the time says that the ledger knew no batch: partition-caller.ts looks at that.
local generation = randomPart .. ':' .. integer(currentTime()) .. (lossUpTo == '0' and ':0' or '')
if not isLate then
  -- about the last forty, as characters: the list would grow with each process that dies before it commits
  local generations = string.sub(earlierGenerations .. generation, -2000)
  redis.call('HSET', state, 'chain', table.concat({ seqText, lossUpTo, nonce, generations }, ' '))
end
redis.call('HSET', state, 'reserved', table.concat({ seqText, lossUpTo, generation }, ' '))
return generation
