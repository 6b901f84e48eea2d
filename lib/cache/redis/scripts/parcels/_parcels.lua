-- Counts that were put aside. A parcel is a hash, field -> delta: one for each parked generation, one for what left the
-- 64-bit range, one for what the database refused. A field is the name of a counter. A second delta of a counter has a zero
-- byte and a mark behind the name: no name holds a zero byte. So has the delta of a set or a delete, see _replaced.lua.
-- parked: generation -> time at which it was parked
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
