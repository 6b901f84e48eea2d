-- ARGV: seq, generation. The ledger is at the seq before, and locked.
if redis.call('HEXISTS', state, 'fence') == 1 then return '' end
local seq = tonumber(ARGV[1])
local ledgerSeq, highest = seq - 1, seq
local before = redis.call('HGET', state, 'reserved')
if before then
  -- only reservations have moved the ledger since that one: nothing was forgotten
  local ledgerBefore, highestBefore = string.match(before, '^%d+ (%d+) (%d+)')
  if tonumber(highestBefore) >= ledgerSeq then ledgerSeq = ledgerBefore end
  highest = math.max(highest, highestBefore)
end
-- of this execution: a command that was sent once may run twice, the second time on another Redis
local generation = ARGV[2] .. ':' .. milliseconds(now())
redis.call('HSET', state, 'reserved', table.concat({ ARGV[1], milliseconds(ledgerSeq), milliseconds(highest), generation }, ' '))
return generation
