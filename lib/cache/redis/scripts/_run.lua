-- A run: plain increments of one interval, of which no two are of one counter. Most calls are one.

-- Numbers of so many digits are exact in Lua, and so are their sums.
local MOST_DIGITS = 15

-- Whether nothing is near the end of the range but for what is pending, and nothing is to be removed.
local function isPlainPartition()
  return redis.call('EXISTS', large, deleted) == 0 and redis.call('HEXISTS', batch, ' large') == 0
end

-- Adds many at once, in a plain partition, where no sum can come near the end of the range. Answers false, with nothing
-- changed, where a number is too long for that; else true. One text costs less than many arguments, for Redis and for the
-- client.
local function addRun(schedule, names, values, interval)
  local before = valuesOf(pending, names)
  local isInTime = schedule.last and schedule.last <= latestTime(schedule, interval)
  local fieldsAndValues, timesAndNames, length, time = {}, {}, 0, nil
  for i = 1, #names do
    local name, was, value = names[i], before[i], values[i]
    fieldsAndValues[2 * i - 1] = name
    if not was then
      fieldsAndValues[2 * i] = value
    elseif #was > MOST_DIGITS then
      return false
    else
      fieldsAndValues[2 * i] = was + value
    end
    -- what is pending is due already
    if not (was and isInTime) then
      time = time or planOf(schedule, interval).text
      timesAndNames[length + 1] = time
      timesAndNames[length + 2] = name
      length = length + 2
    end
  end
  if #names > 64 then
    setInTable(pending, fieldsAndValues)
  else
    setFields(pending, fieldsAndValues)
  end
  if length == 0 then return true end
  local plan = planOf(schedule, interval)
  noteTime(schedule, plan.time)
  joinRound(interval, plan, scheduleAll(timesAndNames))
  return true
end
