-- ARGV: seq, generation, queues
if redis.call('HEXISTS', state, 'fence') == 1 then return 0 end
-- of this execution: a command that was sent once may run twice, the second time on another Redis
local generation = ARGV[2] .. ':' .. milliseconds(now())
redis.call('HSET', state, 'fence', ARGV[1], 'generation', generation, 'queues', ARGV[3])
return 1
