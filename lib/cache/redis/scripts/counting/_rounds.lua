-- Counters of one interval are due together, in rounds. A counter that comes while a round lies ahead joins that round; one
-- that comes later opens the next round, an interval later. So no counter is due later than its interval and a tick, and
-- rounds are an interval apart. A full round takes no more counters. After a full round there is a round in which each counter
-- is due by itself, so that many counters are spread over their interval.
-- rounds: interval -> time of its round, number of counters that joined, 1 if each is due by itself or 0
local MOST_IN_A_ROUND = 1000
local MOST_ROUNDS = 100

-- In this file `schedule` is what a call schedules. now, tick: as the call has them. plans: by interval, see planOf. first: the
-- earliest time for which the call schedules a counter. last: the latest time at which any counter of the partition is due.
-- Both are nil when there is none.

-- A counter that comes now is due by then, whatever its round.
local function latestTime(schedule, interval)
  local milliseconds = tonumber(interval)
  local grain = math.min(schedule.tick, milliseconds)
  if grain == 0 then return schedule.now end
  return math.ceil((schedule.now + milliseconds) / grain) * grain
end

-- The round that lies ahead, or else the next one: its time, how many counters joined, whether each is due by itself.
local function roundOf(interval, now, latest)
  local stored = redis.call('HGET', rounds, interval)
  if not stored then return latest, 0, false end
  local timeText, countText, flag = string.match(stored, '^(%d+) (%d+) (%d)$')
  local time, count, isApart = tonumber(timeText), tonumber(countText), flag == '1'
  -- a time further ahead than this comes of a clock that was put back
  if time >= now and time <= latest then return time, count, isApart end
  local most = isApart and MOST_IN_A_ROUND / 2 or MOST_IN_A_ROUND
  return latest, 0, count > most
end

-- When a counter of this interval that comes now is due, as a number and as a text; and its round, if the interval has rounds.
local function planOf(schedule, interval)
  local plan = schedule.plans[interval]
  if plan then return plan end
  local time, roundTime, count, isApart = latestTime(schedule, interval), nil, nil, nil
  if tonumber(interval) > schedule.tick then
    roundTime, count, isApart = roundOf(interval, schedule.now, time)
    if not isApart and count <= MOST_IN_A_ROUND then time = roundTime end
  end
  plan = { time = time, text = integer(time), roundTime = roundTime, count = count, isApart = isApart }
  schedule.plans[interval] = plan
  return plan
end

local function noteTime(schedule, time)
  if not schedule.first or time < schedule.first then schedule.first = time end
  if not schedule.last or time > schedule.last then schedule.last = time end
end

-- Counts the counters that follow this plan and were not scheduled before.
local function joinRound(interval, plan, number)
  if not plan.roundTime or number == 0 then return end
  if plan.count == 0 and redis.call('HLEN', rounds) > MOST_ROUNDS then redis.call('DEL', rounds) end
  plan.count = plan.count + number
  local text = integer(plan.roundTime) .. ' ' .. integer(plan.count) .. (plan.isApart and ' 1' or ' 0')
  redis.call('HSET', rounds, interval, text)
end

-- A counter that is scheduled for an earlier time stays there. Answers how many were not scheduled before.
local function scheduleAll(timesAndNames)
  local new = 0
  for first = 1, #timesAndNames, MOST_UNPACKED do
    local last = math.min(first + MOST_UNPACKED - 1, #timesAndNames)
    new = new + redis.call('ZADD', due, 'LT', unpack(timesAndNames, first, last))
  end
  return new
end
