-- ARGV: nonce, holder, for how many milliseconds from now
local held = redis.call('HMGET', batch, ' nonce', ' holder')
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] then return 0 end
writeThoughFull()
redis.call('HSET', batch, ' until', integer(now() + ARGV[3]))
return 1
