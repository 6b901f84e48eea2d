-- ARGV: seq, generation, queues
if redis.call('HEXISTS', state, 'fence') == 1 then return 0 end
redis.call('HSET', state, 'fence', ARGV[1], 'generation', ARGV[2], 'queues', ARGV[3])
return 1
