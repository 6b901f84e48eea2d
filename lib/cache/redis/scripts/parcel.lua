-- ARGV: parcel, cursor, about how many
return redis.call('HSCAN', parcelKey(ARGV[1]), ARGV[2], 'COUNT', ARGV[3])
