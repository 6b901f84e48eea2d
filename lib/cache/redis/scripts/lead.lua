-- ARGV: process, for how many milliseconds or 0. Of partition 0.
local known = redis.call('HMGET', state, 'leader', 'leadsUntil')
local at, milliseconds = now(), tonumber(ARGV[2])
local isLeader = known[1] == ARGV[1]
writeThoughFull()
if milliseconds == 0 then
  if isLeader then redis.call('HDEL', state, 'leader', 'leadsUntil') end
  return 0
end
local leftFor = known[2] and tonumber(known[2]) - at or 0
-- a lead that is longer than it can be is of a clock that was put back
if not isLeader and leftFor > 0 and leftFor <= milliseconds then return leftFor end
redis.call('HSET', state, 'leader', ARGV[1], 'leadsUntil', integer(at + milliseconds))
return 0
