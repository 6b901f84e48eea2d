-- ARGV: parcel, cursor, about how many, a pattern of its fields or none
local match = ARGV[4] and { 'MATCH', ARGV[4] } or {}
return redis.call('HSCAN', parcelKey(ARGV[1]), ARGV[2], 'COUNT', ARGV[3], unpack(match))
