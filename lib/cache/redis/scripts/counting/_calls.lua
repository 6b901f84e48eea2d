-- The last call of each client: a call that comes again is answered with what is kept here, and not applied again.
-- pending, field ' <client>' -> seq, time of the call, answer. The answer is empty until the call is applied. Then it has
-- two digits and the outcomes, if there are any. The first digit is 1 if Redis lost calls of the client; the second is 1 if
-- an earlier try of the call may have been applied.
-- The fields are beside the deltas, so that one command writes both, see
-- docs/decisions/0044-a-call-is-noted-beside-what-it-adds.md.
local NO_ANSWER = ''

local function fieldOf(client)
  return ' ' .. client
end

local function seqOf(note)
  return note and tonumber(string.match(note, '^%d+')) or 0
end

-- seq, time and answer of a note; 0 where there is none
local function parseNote(note)
  if not note then return 0, 0, NO_ANSWER end
  local seq, time, answer = string.match(note, '^(%d+) (%d+) (.*)$')
  return tonumber(seq), tonumber(time), answer
end

local function noteOf(seq, time, answer)
  return seq .. ' ' .. integer(time) .. ' ' .. answer
end
