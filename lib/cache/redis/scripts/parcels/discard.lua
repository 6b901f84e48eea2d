-- Drops entries of a parcel.
-- KEYS: the partition's, see _partition.lua
-- ARGV: parcel: its id · then the entries, see _seen.lua
-- Answer: the entries that stay or are gone, as they have changed since they were seen: a list of field and delta now
local parcel = ARGV[1]
local key = parcelKey(parcel)

writeThoughFull()
local fields = {}
local changed = ofSeen(key, function(field) fields[#fields + 1] = field end)
deleteFields(key, fields)
forgetIfEmpty(parcel)
return changed
