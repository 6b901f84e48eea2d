-- Drops entries of a parcel.
-- KEYS: the partition's, see _partition.lua
-- ARGV: parcel: its id · then the fields of the entries
-- Answer: how many there were
local parcel = ARGV[1]
local fields = {}
for i = 2, #ARGV do fields[#fields + 1] = ARGV[i] end

writeThoughFull()
local discarded = deleteFields(parcelKey(parcel), fields)
forgetIfEmpty(parcel)
return discarded
