-- The last part of add-run.lua, in the same scope: schedules counters, and commits what waits for that.
-- KEYS: as in add-run.lua
-- ARGV: as in add-run.lua
-- Answer: as in add-run.lua
local function scheduleAll(run)
  local schedule = newSchedule(now, tick, run.latestDue, run.wakeAt)
  for _, group in ipairs(run.groups) do
    local interval = group.interval
    if group.new then
      -- the round of the first interval was read with all else
      local stored = run.firstRound
      if interval ~= run.firstInterval then stored = redis.call('HGET', state, 'round:' .. interval) end
      scheduleNew(schedule, planOf(schedule, interval, stored), group.new)
    end
    for _, name in ipairs(group.late or {}) do scheduleByItself(schedule, interval, name) end
  end
  return schedule.first and askForWake(now, schedule.first) or ''
end

areAllOne = true
for _, run in ipairs(unscheduled) do
  state, pending, due = run.state, run.pending, run.due
  local wake = scheduleAll(run)
  answers[run.partition] = commit(run.noteAndDeltas, run.seq, run.lastSeq, run.acknowledgedSeq, run.uncertain, wake)
end
for _, applied in ipairs(answers) do areAllOne = areAllOne and applied == 1 end
return answer()
