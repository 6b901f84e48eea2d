-- Counters of one interval are due together, in rounds. A counter that comes while a round lies ahead joins that round; one
-- that comes later opens the next round, an interval later. So no counter is due later than its interval and a tick, and
-- rounds are an interval apart. A round with more than 1,000 counters is closed for further calls: their counters are due at
-- their own times. After such a round comes an interval without a round: each counter is due at its own time, so that many
-- counters are spread. Spreading ends only when at most half as many came, so that it does not flip each time. See
-- docs/decisions/0027-counters-of-one-interval-come-together.md.
-- rounds: interval -> time of its round, number of counters that came for it, 1 if each is due at its own time or 0
local MOST_IN_A_ROUND = 1000
local MOST_ROUNDS = 100

-- In this file `schedule` is what a call schedules. now, tick: as the call has them. plans: by interval, see planOf. first: the
-- earliest time for which the call schedules a counter. latestDue: the latest time at which any counter of the partition is
-- due. Both are nil when there is none.

-- The latest time at which a counter that comes now may be due, whatever its round.
local function latestTime(schedule, interval)
  local milliseconds = tonumber(interval)
  local grain = math.min(schedule.tick, milliseconds)
  if grain == 0 then return schedule.now end
  return math.ceil((schedule.now + milliseconds) / grain) * grain
end

-- The round that lies ahead, or else the next one: its time, how many counters came, whether each is due at its own time.
local function roundOf(interval, now, latest)
  local stored = redis.call('HGET', rounds, interval)
  if not stored then return latest, 0, false end
  local timeText, countText, flag = string.match(stored, '^(%d+) (%d+) (%d)$')
  local time, count, isSpread = tonumber(timeText), tonumber(countText), flag == '1'
  -- a time further ahead than this comes of a clock that was put back
  if time >= now and time <= latest then return time, count, isSpread end
  local most = isSpread and MOST_IN_A_ROUND / 2 or MOST_IN_A_ROUND
  return latest, 0, count > most
end

-- When a counter of this interval that comes now is due, as a number and as a text; and its round, if the interval has rounds.
local function planOf(schedule, interval)
  local plan = schedule.plans[interval]
  if plan then return plan end
  local time, roundTime, count, isSpread = latestTime(schedule, interval), nil, nil, nil
  -- only intervals longer than a tick have rounds
  if tonumber(interval) > schedule.tick then
    roundTime, count, isSpread = roundOf(interval, schedule.now, time)
    if not isSpread and count <= MOST_IN_A_ROUND then time = roundTime end
  end
  plan = { time = time, text = integer(time), roundTime = roundTime, count = count, isSpread = isSpread }
  schedule.plans[interval] = plan
  return plan
end

local function noteTime(schedule, time)
  if not schedule.first or time < schedule.first then schedule.first = time end
  if not schedule.latestDue or time > schedule.latestDue then schedule.latestDue = time end
end

-- number: of the counters newly scheduled by this plan
local function joinRound(interval, plan, number)
  if not plan.roundTime or number == 0 then return end
  -- harmless: counters stay due when they are, and an interval that is not found here begins another round
  if plan.count == 0 and redis.call('HLEN', rounds) > MOST_ROUNDS then redis.call('DEL', rounds) end
  plan.count = plan.count + number
  local text = integer(plan.roundTime) .. ' ' .. integer(plan.count) .. (plan.isSpread and ' 1' or ' 0')
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
