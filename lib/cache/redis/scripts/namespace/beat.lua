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

local now = currentTime()
local seen = redis.call('HGETALL', workers)
for i = 1, #seen, 2 do
  local other, seenAt = seen[i], tonumber(string.match(seen[i + 1], '^%d+'))
  -- a time that lies ahead comes of a clock that was put back
  if not seenAt or seenAt > now or seenAt + tonumber(remembered) < now then redis.call('HDEL', workers, other) end
end
redis.call('HSET', workers, process, integer(now) .. ' ' .. details)
local leadsUntil = redis.call('HGET', state, 'leadsUntil')
local ledFor = leadsUntil and math.max(0, tonumber(leadsUntil) - now) or 0
return { ledFor, rules and noteRules(rules, rulesRemembered, now) or {} }
