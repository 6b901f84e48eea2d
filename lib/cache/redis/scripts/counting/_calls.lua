-- The last call of each client: a call that comes again is answered with what is kept here, and not applied again.
-- clients: client -> seq, time of the call, answer. The answer is empty until the call is applied. Then it has two digits
-- and the outcomes. The first digit is 1 if Redis lost calls of the client; the second is 1 if the call had been tried before.
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
