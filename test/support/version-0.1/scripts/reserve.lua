-- ARGV: seq, generation, nonce of the ledger. The ledger is at the seq before, and locked.
if redis.call('HEXISTS', state, 'fence') == 1 then return '' end
local seq, nonce = tonumber(ARGV[1]), ARGV[3]
-- of this execution: a command that was sent once may run twice, the second time on another Redis
local generation = ARGV[2] .. ':' .. integer(now())

-- As long as only reservations move the ledger, nothing was forgotten. They are a chain: each knows the nonce that it
-- found in the ledger, and leaves its own generation there, or does not commit. What comes late changes nothing of it.
local ledgerSeq, reservations, isLate = integer(seq - 1), generation, false
local chain = redis.call('HGET', state, 'chain')
if chain then
  local lastSeq, lastLedgerSeq, lastNonce, last = string.match(chain, '^(%d+) (%d+) (%S*) (%S+)$')
  isLate = seq < tonumber(lastSeq)
  if nonce == lastNonce then
    ledgerSeq, reservations = lastLedgerSeq, string.sub(last .. ',' .. generation, -2000)
  elseif string.find(',' .. last .. ',', ',' .. nonce .. ',', 1, true) then
    ledgerSeq = lastLedgerSeq
  end
end
if not isLate then redis.call('HSET', state, 'chain', table.concat({ ARGV[1], ledgerSeq, nonce, reservations }, ' ')) end
redis.call('HSET', state, 'reserved', table.concat({ ARGV[1], ledgerSeq, generation }, ' '))
return generation
