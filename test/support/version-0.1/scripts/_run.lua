-- The way of most calls: one run of plain increments, in a partition where nothing needs a closer look.

-- when what has this interval is due, as a number and as a text
local dueAt = {}
local function dueTime(interval)
  local known = dueAt[interval]
  if not known then
    local milli = tonumber(interval)
    local grain = math.min(tick, milli)
    local time = grain == 0 and at or math.ceil((at + milli) / grain) * grain
    known = { time, integer(time) }
    dueAt[interval] = known
  end
  return known[1], known[2]
end

-- Whether nothing is near the end of the range but for what is pending, and nothing is to be removed.
local function isPlain()
  return redis.call('EXISTS', large, deleted) == 0 and redis.call('HEXISTS', batch, ' large') == 0
end

-- Many at once, where no sum can come near the end of the range: numbers of up to 15 digits are exact in Lua. Answers
-- whether something was scheduled; nil, with nothing changed, where a number is longer. With `isLast` nothing is due
-- later than this. One text costs less than many arguments, for Redis and for the client.
local function addRun(names, values, interval, isLast)
  local before = redis.call('HMGET', pending, unpack(names))
  local _, time = dueTime(interval)
  local fields, schedule, scheduled = {}, {}, 0
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
    -- what is pending is due already, and not later
    if not (was and isLast) then
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
  if scheduled > 0 then redis.call('ZADD', due, 'LT', unpack(schedule)) end
  return scheduled > 0
end

-- the first or last time at which something is due, nil when nothing is
local function dueTimeAt(rank)
  local score = redis.call('ZRANGE', due, rank, rank, 'WITHSCORES')[2]
  return score and tonumber(score)
end

-- Remembers the answer, and gives it.
local function applied(wakeIn, outcomes)
  local lost = lastSeq < tonumber(ARGV[7]) and 1 or 0
  local answer = lost .. ARGV[8] .. cmsgpack.pack(outcomes)
  redis.call('HSET', clients, client, ARGV[2] .. ' ' .. integer(at) .. ' ' .. answer)
  return { 'applied', wakeIn, outcomes, lost, tonumber(ARGV[8]) }
end

if ARGV[9] == 'p' and not ARGV[13] and isPlain() then
  local time, last = dueTime(ARGV[10]), dueTimeAt(-1)
  local isLast = last and time >= last
  local first = last and (isLast and last or dueTimeAt(0))
  local scheduled = addRun(cjson.decode(ARGV[11]), cjson.decode(ARGV[12]), ARGV[10], isLast)
  if scheduled ~= nil then
    local isFirst = scheduled and not (first and time >= first)
    return applied(isFirst and integer(time - at) or '', {})
  end
end
