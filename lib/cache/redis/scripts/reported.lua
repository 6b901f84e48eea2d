-- ARGV: generation that began with what was lost
if redis.call('HGET', state, 'generation') == ARGV[1] then redis.call('HDEL', state, 'unreported') end
