-- The last call of each client, so that a call which is repeated is answered and not applied again. clients: client ->
-- seq, when it came, and the answer. The answer is empty until the call is through; then it is a digit that is 1 if
-- calls of the client were lost, one that is 1 if the call had been tried before, and the outcomes.
local NO_ANSWER = ''

-- the seq and the answer; 0 for a client that is not known
local function lastCallOf(client)
  local stored = redis.call('HGET', clients, client)
  if not stored then return 0, NO_ANSWER end
  local seq, answer = string.match(stored, '^(%d+) %d+ (.*)$')
  return tonumber(seq), answer
end

local function noteCall(client, seq, time, answer)
  redis.call('HSET', clients, client, seq .. ' ' .. integer(time) .. ' ' .. answer)
end
