-- What was put aside: a hash a parcel, of a parked generation or of what left the 64-bit range, or was refused by the
-- database. A field is a counter, or a counter with a zero byte and what tells it from another of that counter; no
-- counter name holds one. `parked` has when each generation was parked.
local OVERFLOWED, REFUSED = 'overflowed', 'refused'

local function parcelKey(id)
  if id == OVERFLOWED then return overflowed end
  if id == REFUSED then return refused end
  return parked .. ':' .. id
end

local function forgetIfEmpty(id)
  if redis.call('EXISTS', parcelKey(id)) == 1 then return end
  if id == REFUSED then redis.call('HDEL', state, 'refusal') end
  redis.call('HDEL', parked, id)
end
