-- The second half of add-run.lua, in the same scope: schedules counters.
-- KEYS: as in add-run.lua
-- ARGV: as in add-run.lua
-- Answer: as in add-run.lua
local schedule = newSchedule(now, tick, latestDue, wakeAt)

for _, group in ipairs(unscheduled) do
  local interval = group.interval
  if group.new then
    -- the round of the first interval was read with all else
    local stored = firstRound
    if interval ~= firstInterval then stored = redis.call('HGET', state, 'round:' .. interval) end
    scheduleNew(schedule, planOf(schedule, interval, stored), group.new)
  end
  for _, name in ipairs(group.late or {}) do scheduleByItself(schedule, interval, name) end
end

return commit(schedule.first and askForWake(now, schedule.first) or '')
