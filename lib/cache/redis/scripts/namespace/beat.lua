-- Says that a process which persists lives, with its window rules, or that it ends.
-- KEYS: those of partition 0, see _partition.lua
-- ARGV: process · details: what it says of itself, '' when it ends · remembered: for how many milliseconds others are known
--   · or also: its rules · remembered: for how many milliseconds the rules of others are known
-- Answer: for how many milliseconds a process leads, 0 where none does · the rules of others, as rules.lua answers them
local process, details, remembered, rules, rulesRemembered = unpack(ARGV)

writeThoughFull()
if details == '' then
  redis.call('HDEL', workers, process)
  return { 0, {} }
end

-- Milliseconds: where nobody was heard for longer, nobody could say anything, as this Redis was away, or no process ran.
local HEARD = 60000
-- And for how long a process is remembered at most, where those that run are heard for a short time only.
local LONGEST = 86400000

local now = currentTime()
local leadsUntil, since = unpack(redis.call('HMGET', state, 'leadsUntil', 'beatsSince'))
local seen = redis.call('HGETALL', workers)
local latest = 0
for i = 1, #seen, 2 do
  local seenAt = tonumber(string.match(seen[i + 1], '^%d+'))
  if seenAt and seenAt <= now then latest = math.max(latest, seenAt) end
end
since = math.min(tonumber(since) or 0, now)
if latest + HEARD < now then
  since = now
  redis.call('HSET', state, 'beatsSince', integer(now))
end
for i = 1, #seen, 2 do
  local other, time, said = seen[i], string.match(seen[i + 1], '^(%d+)(.*)$')
  local seenAt = tonumber(time)
  if not seenAt or math.max(seenAt, since) + tonumber(remembered) < now or seenAt + LONGEST < now then
    redis.call('HDEL', workers, other)
  elseif seenAt > now then
    -- the clock was put back: the process lives, or is waited for anew
    redis.call('HSET', workers, other, integer(now) .. said)
  end
end
redis.call('HSET', workers, process, integer(now) .. ' ' .. details)
local ledFor = leadsUntil and math.max(0, tonumber(leadsUntil) - now) or 0
return { ledFor, rules and noteRules(rules, rulesRemembered, now) or {} }
