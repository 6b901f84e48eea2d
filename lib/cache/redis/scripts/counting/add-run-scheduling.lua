-- The second half of add-run.lua, in the same scope: schedules counters, and commits what waits for that.
-- KEYS: as in add-run.lua
-- ARGV: as in add-run.lua
-- Answer: as in add-run.lua
local function scheduleAll(call)
  local schedule = newSchedule(now, tick, call.latestDue, call.wakeAt)
  for _, group in ipairs(call.toSchedule) do
    local interval = group.interval
    if group.new then
      -- the round of the first interval was read with all else
      local stored = call.firstRound
      if interval ~= call.firstInterval then stored = redis.call('HGET', state, 'round:' .. interval) end
      scheduleNew(schedule, planOf(schedule, interval, stored), group.new)
    end
    for _, name in ipairs(group.late or {}) do scheduleByItself(schedule, interval, name) end
  end
  return schedule.first and askForWake(now, schedule.first) or ''
end

areAllOne = true
for _, call in ipairs(unscheduled) do
  state, pending, due = call.state, call.pending, call.due
  answers[call.partition] = commit(call, scheduleAll(call))
end
for _, applied in ipairs(answers) do areAllOne = areAllOne and applied == 1 end
return answer()
