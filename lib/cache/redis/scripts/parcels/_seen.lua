-- Entries of a parcel as somebody saw them, in ARGV behind the id of the parcel: a field, its delta, the next field ... An entry
-- that is not as it was seen is left alone: nobody has decided about it.
local FIRST_FIELD = 2

-- Calls `act` with the field and the delta of each entry that is as it was seen. Answers the others: field, and its delta now,
-- '' where the entry is gone.
local function ofSeen(key, act)
  local changed = {}
  for i = FIRST_FIELD, #ARGV, 2 do
    local field, seen = ARGV[i], ARGV[i + 1]
    local delta = redis.call('HGET', key, field) or ''
    if delta == seen then act(field, delta) else changed[#changed + 1] = { field, delta } end
  end
  return changed
end
