-- What is due first.

-- nil when nothing is due
local function firstDueTime()
  local score = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
  return score and tonumber(score)
end

-- Asks for a job for it, as askForWake does.
local function askForFirstWake(now)
  local first = firstDueTime()
  return first and askForWake(now, math.max(first, now)) or ''
end
