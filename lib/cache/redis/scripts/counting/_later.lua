-- Counters that a call schedules together at its end. `schedule` gets `timesAndNames` and their number, `length`; each plan
-- has the number of counters that wait by it.

local function scheduleLater(schedule, name, interval)
  local plan = schedule.plans[interval] or planOf(schedule, interval)
  if not plan.waiting then
    noteTime(schedule, plan.time)
    plan.waiting = 0
  end
  plan.waiting = plan.waiting + 1
  local length = schedule.length
  if not length then
    schedule.timesAndNames, length = {}, 0
  end
  schedule.timesAndNames[length + 1], schedule.timesAndNames[length + 2] = plan.text, name
  schedule.length = length + 2
end

local function scheduleWaiting(schedule)
  if not schedule.length then return end
  local new = scheduleAll(schedule.timesAndNames)
  for interval, plan in pairs(schedule.plans) do joinRound(interval, plan, math.min(plan.waiting or 0, new)) end
end
