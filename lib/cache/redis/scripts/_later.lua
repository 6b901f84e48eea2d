-- Counters that a call schedules together at its end.

local function newWaiting()
  return { timesAndNames = {}, counts = {} }
end

local function scheduleLater(waiting, schedule, name, interval)
  local plan = planOf(schedule, interval)
  noteTime(schedule, plan.time)
  waiting.counts[interval] = (waiting.counts[interval] or 0) + 1
  local timesAndNames = waiting.timesAndNames
  timesAndNames[#timesAndNames + 1] = plan.text
  timesAndNames[#timesAndNames + 1] = name
end

local function scheduleWaiting(waiting, schedule)
  if not waiting.timesAndNames[1] then return end
  local new = scheduleAll(waiting.timesAndNames)
  for interval, count in pairs(waiting.counts) do
    joinRound(interval, planOf(schedule, interval), math.min(count, new))
  end
end
