-- When counters that a call adds to are due, see _due.lua and _rounds.lua. `schedule` is what the call schedules.

-- latestDue: no counter of the partition is due later; nil when none is due. wakeAt: when a job is asked for; nil when none is
local function newSchedule(now, tick, latestDue, wakeAt)
  return {
    now = now,
    tick = tick,
    latestDue = latestDue,
    isJobAsked = wakeAt and true,
    -- the earliest time by which a job is to be asked for; nil when none is
    first = nil,
    -- by interval, see planOf
    plans = {},
  }
end

local function wakeBy(schedule, time)
  if not schedule.first or time < schedule.first then schedule.first = time end
end

local function raiseLatestDue(schedule, time)
  if schedule.latestDue and time <= schedule.latestDue then return end
  schedule.latestDue = time
  redis.call('HSET', state, 'latestDue', integer(time))
end

-- Appends to the list of a time. Answers its length, and whether the list is new.
local function appendAt(id, names)
  local key = listKey(id)
  local length = appendToList(key, names)
  if length > #names then return length, false end
  local added = redis.pcall('ZADD', due, id, ' ' .. id)
  if type(added) == 'table' then
    -- a list that is no member would take counters that are never due
    redis.call('UNLINK', key)
    -- fails again, and says in which line
    redis.call('ZADD', due, id, ' ' .. id)
  end
  return length, true
end

-- Schedules counters that were not pending.
local function scheduleNew(schedule, plan, names)
  local length, isNewList = appendAt(plan.text, names)
  -- whoever began the list asked for a job
  if isNewList or not schedule.isJobAsked then wakeBy(schedule, plan.time) end
  raiseLatestDue(schedule, plan.time)
  joinRound(schedule, plan, #names, length)
end

-- Schedules a counter that was pending before, and may be due later than it is to be.
local function scheduleByItself(schedule, interval, name)
  local plan = planAt(schedule, interval)
  redis.call('ZADD', due, 'LT', plan.text, name)
  wakeBy(schedule, plan.time)
  raiseLatestDue(schedule, plan.time)
end
