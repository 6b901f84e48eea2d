-- ARGV: parcel, its fields
writeThoughFull()
local discarded = redis.call('HDEL', parcelKey(ARGV[1]), unpack(ARGV, 2))
forgetEmpty(ARGV[1])
return discarded
