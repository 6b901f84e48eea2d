-- The counter that is due first.

-- when it is due; nil when nothing is pending
local function firstDueTime()
  local score = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
  return score and tonumber(score)
end

-- Asks for a job at that time. Answers as askForWake does; '' also when nothing is pending.
local function askForFirstWake(now)
  local first = firstDueTime()
  return first and askForWake(now, math.max(first, now)) or ''
end
