-- What was put aside: a hash a parcel, of a parked generation or of what left the 64-bit range. A field is a counter,
-- or a counter with a zero byte and what tells it from another of that counter; no counter name holds one.
local OVERFLOWED = 'overflowed'

local function parcelKey(id)
  return id == OVERFLOWED and overflowed or parked .. ':' .. id
end

local function forgetEmpty(id)
  if redis.call('EXISTS', parcelKey(id)) == 0 then redis.call('HDEL', parked, id) end
end
