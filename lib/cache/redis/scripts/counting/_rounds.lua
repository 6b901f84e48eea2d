-- Counters of one interval are due together, in rounds. A counter that comes while a round lies ahead joins that round; one
-- that comes later opens the next round, an interval later. So no counter is due later than its interval and a tick, and
-- rounds are an interval apart. A round with more than 1,000 counters is closed: a counter that comes now is due at its own
-- time. In the interval after such a round every counter is due at its own time, so that many counters are spread. Spreading
-- ends only after an interval in which at most half as many came, so that it does not flip each time. See
-- docs/decisions/0027-counters-of-one-interval-come-together.md.
-- state, field round:<interval> -> three numbers: time of the round; how many counters came, or 0 while the round is open, as
-- the length of its list tells that then; 1 if counters are spread, or 0
local MOST_IN_A_ROUND = 1000
local MOST_FIELDS_OF_STATE = 150

-- When a counter of this interval that comes now is due, as a number and as a text; and its round, if the interval has rounds:
-- its time, how many counters came, whether each is due at its own time, and whether it begins now.
-- stored: what `state` has of the round
local function planOf(schedule, interval, stored)
  local latest = latestTime(schedule.now, schedule.tick, interval)
  local plan = { interval = interval, time = latest }
  -- only intervals longer than a tick have rounds
  if tonumber(interval) > schedule.tick then
    plan.roundTime, plan.count, plan.isSpread, plan.isNew = latest, 0, false, true
    if stored then
      local timeText, countText, flag = string.match(stored, '^(%d+) (%d+) (%d)$')
      local time, count, isSpread = tonumber(timeText), tonumber(countText), flag == '1'
      -- a time further ahead than this comes of a clock that was put back
      if time >= schedule.now and time <= latest then
        plan.roundTime, plan.count, plan.isSpread, plan.isNew = time, count, isSpread, false
        if not isSpread and count <= MOST_IN_A_ROUND then plan.time = time end
      else
        plan.isSpread = count > (isSpread and MOST_IN_A_ROUND / 2 or MOST_IN_A_ROUND)
      end
    end
  end
  plan.text = integer(plan.time)
  return plan
end

-- The plan of an interval, made once in a call.
local function planAt(schedule, interval)
  local plan = schedule.plans[interval]
  if plan then return plan end
  plan = planOf(schedule, interval, redis.call('HGET', state, 'round:' .. interval))
  schedule.plans[interval] = plan
  return plan
end

-- Forgets rounds that have passed; if there are none, all. An interval whose round is forgotten begins another one.
local function forgetRounds(now)
  local all, past, fields = {}, {}, redis.call('HGETALL', state)
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 6) == 'round:' then
      all[#all + 1] = fields[i]
      if tonumber(string.match(fields[i + 1], '^%d+')) < now then past[#past + 1] = fields[i] end
    end
  end
  for _, field in ipairs(past[1] and past or all) do redis.call('HDEL', state, field) end
end

-- number: of the counters newly scheduled by this plan. length: of the list that they are in now
local function joinRound(schedule, plan, number, length)
  if not plan.roundTime then return end
  if plan.isSpread then
    plan.count = plan.count + number
  elseif plan.time == plan.roundTime and length > MOST_IN_A_ROUND then
    plan.count = length
  elseif not plan.isNew then
    return
  end
  if plan.isNew and redis.call('HLEN', state) > MOST_FIELDS_OF_STATE then forgetRounds(schedule.now) end
  plan.isNew = false
  local text = integer(plan.roundTime) .. ' ' .. integer(plan.count) .. (plan.isSpread and ' 1' or ' 0')
  redis.call('HSET', state, 'round:' .. plan.interval, text)
end
