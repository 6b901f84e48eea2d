-- Notes the generation that a partition without a fence is to be seeded with. The ledger is locked meanwhile.
-- KEYS: the partition's, see _partition.lua
-- ARGV: seq: the one after the ledger's · generation: part of the one that is reserved · nonce: of the ledger
-- Answer: the generation that is reserved, '' where there is a fence
local seqText, ownPart, nonce = unpack(ARGV)

if redis.call('HEXISTS', state, 'fence') == 1 then return '' end
local seq = tonumber(seqText)

-- As long as only reservations move the ledger, nothing was forgotten. They are a chain: each knows the nonce that it
-- found in the ledger, and leaves its own generation there, or does not commit. What comes late changes nothing of it.
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
-- of this execution: a command that was sent once may run twice, the second time on another Redis; `:0` says that the
-- database knew of no batch, so that seeding will tell of no loss
local generation = ownPart .. ':' .. integer(currentTime()) .. (ledgerSeq == '0' and ':0' or '')
if not isLate then
  local generations = string.sub(before .. generation, -2000)
  redis.call('HSET', state, 'chain', table.concat({ seqText, ledgerSeq, nonce, generations }, ' '))
end
redis.call('HSET', state, 'reserved', table.concat({ seqText, ledgerSeq, generation }, ' '))
return generation
