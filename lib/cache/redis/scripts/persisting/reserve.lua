-- Notes the generation that a partition without a fence is to be seeded with. The ledger is locked meanwhile.
-- KEYS: the partition's, see _partition.lua
-- ARGV: seq: the one after the ledger's · generation: part of the one that is reserved · nonce: of the ledger
-- Answer: the generation that is reserved, '' where there is a fence
local seqText, ownPart, nonce = unpack(ARGV)

if redis.call('HEXISTS', state, 'fence') == 1 then return '' end
local seq = tonumber(seqText)

-- A process that reserves may die before its reservation is in the ledger, or after: then the next one reserves. Together
-- they are a chain: each finds a nonce in the ledger, and writes its own generation in its place, or does not commit. As long
-- as only reservations moved the ledger, all of them are about one loss: that of the batches up to the seq which the ledger
-- had before the first. A reservation that comes late leaves the chain as it is.
-- chain: seq of the last reservation, seq of the ledger before the first, nonce that the last found, all their generations
local chain = redis.call('HGET', state, 'chain')
local ledgerSeq, before, isLate = integer(seq - 1), '', false
if chain then
  local lastSeq, firstLedgerSeq, lastNonce, generations = string.match(chain, '^(%d+) (%d+) (%S*) (%S+)$')
  isLate = seq < tonumber(lastSeq)
  if nonce == lastNonce then
    ledgerSeq, before = firstLedgerSeq, generations .. ','
  elseif string.find(',' .. generations .. ',', ',' .. nonce .. ',', 1, true) then
    ledgerSeq = firstLedgerSeq
  end
end
-- a generation of this execution: a command that was sent once may run twice, the second time on another Redis. `:0` says
-- that the ledger knew no batch, so that there is no loss to tell when the partition is seeded.
local generation = ownPart .. ':' .. integer(currentTime()) .. (ledgerSeq == '0' and ':0' or '')
if not isLate then
  local generations = string.sub(before .. generation, -2000)
  redis.call('HSET', state, 'chain', table.concat({ seqText, ledgerSeq, nonce, generations }, ' '))
end
redis.call('HSET', state, 'reserved', table.concat({ seqText, ledgerSeq, generation }, ' '))
return generation
