-- The way of most calls: one run of plain increments, in a partition where nothing needs a closer look.

-- Counters of one interval are due together, in rounds: one that comes while a round lies ahead joins it, one that comes
-- after it opens the next, an interval later. So none is due later than its interval and a tick, and rounds are an interval apart.
-- A round that is full takes no more; after a full one each counter is due by itself for a round, so that many
-- counters are spread over the interval in which they come.
local MOST_IN_A_ROUND = 1000
local MOST_ROUNDS = 100
-- interval -> when what comes now is due, the same as a text; of the round its time, how many came, 1 if it is open to none
local dueAt = {}

-- What comes now is due by then, whatever its round.
local function latestTime(interval)
  local milli = tonumber(interval)
  local grain = math.min(tick, milli)
  return grain == 0 and at or math.ceil((at + milli) / grain) * grain
end

local function dueTime(interval)
  local known = dueAt[interval]
  if known then return known.time, known.text end
  local time = latestTime(interval)
  known = { time = time }
  if tonumber(interval) > tick then
    local round = redis.call('HGET', rounds, interval)
    local roundTime, count, apart = string.match(round or '', '^(%d+) (%d+) (%d)$')
    roundTime, count = tonumber(roundTime), tonumber(count)
    -- one that lies further ahead than it can is of a clock that was put back
    if not round or roundTime < at or roundTime > time then
      local most = apart == '1' and MOST_IN_A_ROUND / 2 or MOST_IN_A_ROUND
      apart = count and count > most and '1' or '0'
      roundTime, count = time, 0
    end
    known.round, known.count, known.apart = roundTime, count, apart
    if apart == '0' and count <= MOST_IN_A_ROUND then known.time = roundTime end
  end
  known.text = integer(known.time)
  dueAt[interval] = known
  return known.time, known.text
end

-- So many were scheduled that have this interval.
local function join(interval, number)
  local known = dueAt[interval]
  if not known.round or number == 0 then return end
  if known.count == 0 and redis.call('HLEN', rounds) > MOST_ROUNDS then redis.call('DEL', rounds) end
  known.count = known.count + number
  local text = table.concat({ integer(known.round), integer(known.count), known.apart }, ' ')
  redis.call('HSET', rounds, interval, text)
end

-- Whether nothing is near the end of the range but for what is pending, and nothing is to be removed.
local function isPlain()
  return redis.call('EXISTS', large, deleted) == 0 and redis.call('HEXISTS', batch, ' large') == 0
end

-- Many at once, where no sum can come near the end of the range: numbers of up to 15 digits are exact in Lua. Answers
-- how many were scheduled; nil, with nothing changed, where a number is longer. `last` is when the last thing is due,
-- nil when nothing is. One text costs less than many arguments, for Redis and for the client.
local function addRun(names, values, interval, last)
  local before = redis.call('HMGET', pending, unpack(names))
  local isInTime = last and last <= latestTime(interval)
  local fields, schedule, scheduled, _, time = {}, {}, 0
  for i = 1, #names do
    local name, was, value = names[i], before[i], values[i]
    fields[2 * i - 1] = name
    if not was then
      fields[2 * i] = value
    elseif #was > 15 then
      return nil
    else
      fields[2 * i] = was + value
    end
    -- what is pending is due already
    if not (was and isInTime) then
      if not time then _, time = dueTime(interval) end
      schedule[scheduled + 1] = time
      schedule[scheduled + 2] = name
      scheduled = scheduled + 2
    end
  end
  if #names > 64 then
    setMany(pending, unpack(fields))
  else
    redis.call('HSET', pending, unpack(fields))
  end
  if scheduled == 0 then return 0 end
  join(interval, redis.call('ZADD', due, 'LT', unpack(schedule)))
  return scheduled
end

-- Remembers the answer, and gives it. `earliest`: the first time that something was scheduled for, if anything was.
local function applied(earliest, outcomes)
  local lost = lastSeq < tonumber(ARGV[7]) and 1 or 0
  local answer = lost .. ARGV[8] .. cmsgpack.pack(outcomes)
  redis.call('HSET', clients, client, ARGV[2] .. ' ' .. integer(at) .. ' ' .. answer)
  return { 'applied', earliest and wake(at, earliest) or '', outcomes, lost, tonumber(ARGV[8]) }
end

if ARGV[9] == 'p' and not ARGV[13] and isPlain() then
  local scheduled = addRun(cjson.decode(ARGV[11]), cjson.decode(ARGV[12]), ARGV[10], dueTimeAt(-1))
  if scheduled then return applied(scheduled > 0 and dueTime(ARGV[10]), {}) end
end
