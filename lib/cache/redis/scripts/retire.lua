-- ARGV: client, how long answers are kept, for how long the client is still known
local seen = redis.call('HGET', clients, ARGV[1])
if not seen then return end

-- as one that was silent for that much of the time already, and without its answer: nobody asks for that again
local at = now()
local last = at + tonumber(ARGV[3])
local silentSince = integer(last - tonumber(ARGV[2]))
writeThoughFull()
redis.call('HSET', clients, ARGV[1], string.match(seen, '^%d+') .. ' ' .. silentSince .. ' 00' .. cmsgpack.pack({}))
local first = redis.call('HGET', state, 'clientsUntil')
if not first or last < tonumber(first) then redis.call('HSET', state, 'clientsUntil', integer(last)) end
