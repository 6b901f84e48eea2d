-- A run: plain increments with one interval, each of another counter. Most calls are a single run.

-- Numbers of so many digits are exact in Lua, and so is the sum of two.
local MOST_DIGITS = 15

-- Whether no persisted value and no delta of the open batch is near the end of the range, and no row is to be removed.
local function isPlainPartition()
  return redis.call('EXISTS', large, deleted) == 0 and redis.call('HEXISTS', batch, ' large') == 0
end

-- Adds a run at once, in a plain partition. Answers true; or false, with nothing changed, if a pending number is too long to
-- be exact. Names and values come as one text each: that costs less than many arguments, in Redis and in the client.
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
    -- a pending counter is scheduled already
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
