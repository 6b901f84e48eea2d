-- A run: plain increments with one interval, each of another counter. Most calls are a single run.

-- Numbers of at most this many digits are exact in Lua, and so is the sum of two.
local MOST_DIGITS = 15
-- A run with more names makes `pending` a table first, see setInTable: its three commands more do not pay for fewer names.
local MOST_IN_A_LIST = 64

-- Whether no persisted value and no delta of the open batch is near the end of the range, and no row is to be removed.
local function isPlainPartition()
  return redis.call('EXISTS', large, deleted) == 0 and redis.call('HEXISTS', batch, ' large') == 0
end

-- Adds a run at once, in a plain partition. Answers true; or false, with nothing changed, if a pending number is too long to
-- be exact. Names and values come as one text each: that costs less than many arguments, in Redis and in the client.
local function addRun(schedule, names, values, interval)
  local pendingBeforeAll = valuesOf(pending, names)
  -- No counter of the partition is due later than this interval allows, so one that is pending need not be scheduled again.
  local isInTime = schedule.latestDue and schedule.latestDue <= latestTime(schedule, interval)
  local fieldsAndValues, timesAndNames, length, time = {}, {}, 0, nil
  for i = 1, #names do
    local name, pendingBefore, value = names[i], pendingBeforeAll[i], values[i]
    fieldsAndValues[2 * i - 1] = name
    if not pendingBefore then
      fieldsAndValues[2 * i] = value
    elseif #pendingBefore > MOST_DIGITS then
      return false
    else
      -- without integer(): Redis writes a number that Lua gives it with 17 digits, and this sum has at most 16
      fieldsAndValues[2 * i] = pendingBefore + value
    end
    if not (pendingBefore and isInTime) then
      time = time or planOf(schedule, interval).text
      timesAndNames[length + 1] = time
      timesAndNames[length + 2] = name
      length = length + 2
    end
  end
  if #names > MOST_IN_A_LIST then
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
