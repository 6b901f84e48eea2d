-- Makes this process the one that sweeps for all, keeps it so, or gives that up.
-- KEYS: those of partition 0, see _partition.lua
-- ARGV: process · milliseconds: for how long from now; 0 gives it up
-- Answer: 0 if this process leads or gave it up, else for how many milliseconds another one leads
local process, millisecondsText = unpack(ARGV)

local leader, leadsUntil = unpack(redis.call('HMGET', state, 'leader', 'leadsUntil'))
local now, milliseconds = currentTime(), tonumber(millisecondsText)
local isLeader = leader == process
writeThoughFull()
if milliseconds == 0 then
  if isLeader then redis.call('HDEL', state, 'leader', 'leadsUntil') end
  return 0
end
local leftFor = leadsUntil and tonumber(leadsUntil) - now or 0
-- a lead that is longer than it can be comes of a clock that was put back
if not isLeader and leftFor > 0 and leftFor <= milliseconds then return leftFor end
redis.call('HSET', state, 'leader', process, 'leadsUntil', integer(now + milliseconds))
return 0
