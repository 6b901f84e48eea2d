-- A page of a parcel.
-- KEYS: the partition's, see _partition.lua
-- ARGV: parcel: its id · cursor: '0' for the first page · count: about how many entries · pattern: of their fields; none: all
-- Answer: the next cursor, '0' after the last page, and a list: a field, its delta, the next field …
local parcel, cursor, count, pattern = unpack(ARGV)

local match = pattern and { 'MATCH', pattern } or {}
return redis.call('HSCAN', parcelKey(parcel), cursor, 'COUNT', count, unpack(match))
