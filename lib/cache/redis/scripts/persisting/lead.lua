-- Makes this process the one that sweeps for all, keeps it so, or gives that up. Looks at the partitions of the one that leads.
-- KEYS: those of partition 0, see _partition.lua · then of each other partition to look at: state, pending, batch, clients
-- ARGV: process · milliseconds: for how long from now; 0 gives it up
-- Answer: 0 if this process leads or gave it up, else for how many milliseconds another one leads · 1 if this process is the
--   deputy, else 0 · the fence of each partition, if this process leads and no partition needs a sweep
local process, millisecondsText = unpack(ARGV)
local KEYS_OF_A_PARTITION = 17
-- As in sweep.lua.
local CLOCK_TOLERANCE = 1000

local leader, leadsUntil, deputy, deputyUntil = unpack(redis.call('HMGET', state, 'leader', 'leadsUntil', 'deputy', 'deputyUntil'))
local now, milliseconds = currentTime(), tonumber(millisecondsText)
local isLeader = leader == process
writeThoughFull()
if milliseconds == 0 then
  if isLeader then redis.call('HDEL', state, 'leader', 'leadsUntil') end
  return { 0, 0 }
end

local leftFor = leadsUntil and tonumber(leadsUntil) - now or 0
-- a lead that is longer than it can be comes of a clock that was put back
if not isLeader and leftFor > 0 and leftFor <= milliseconds then
  local deputyFor = deputyUntil and tonumber(deputyUntil) - now or 0
  if deputy ~= process and deputyFor > 0 and deputyFor <= 2 * milliseconds then return { leftFor, 0 } end
  -- longer than the lead, as the deputy asks again when that may be over
  redis.call('HSET', state, 'deputy', process, 'deputyUntil', integer(now + 2 * milliseconds))
  return { leftFor, 1 }
end
redis.call('HSET', state, 'leader', process, 'leadsUntil', integer(now + milliseconds))
if deputy == process then redis.call('HDEL', state, 'deputy', 'deputyUntil') end

-- nil if the partition needs a sweep
local function quietFence(stateKey, pendingKey, batchKey, clientsKey)
  local fence, protocol, unreported, sweptAt = unpack(redis.call('HMGET', stateKey, 'fence', 'protocol', 'unreported', 'sweptAt'))
  if not fence or protocol ~= PROTOCOL or unreported then return nil end
  if sweptAt and tonumber(sweptAt) > now + CLOCK_TOLERANCE then return nil end
  if redis.call('HLEN', pendingKey) > redis.call('SCARD', clientsKey) or redis.call('EXISTS', batchKey) > 0 then return nil end
  return fence
end

local answer = { 0, 0, quietFence(state, pending, batch, clients) }
for first = KEYS_OF_A_PARTITION + 1, #KEYS, 4 do
  if #answer < 3 then return answer end
  local fence = quietFence(unpack(KEYS, first, first + 3))
  if not fence then return { 0, 0 } end
  answer[#answer + 1] = fence
end
return answer
