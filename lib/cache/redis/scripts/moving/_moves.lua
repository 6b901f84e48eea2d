-- Counters whose counts go to other counters, and those that they went to.
-- moves: counter -> until when, a space, and the counter that gets what is claimed of it
--   ' from:' and a counter -> until when keys may be known under its former names, a space, and these names as JSON

local function valueUntil(field, now)
  local stored = redis.call('HGET', moves, field)
  if not stored then return nil end
  local untilText, value = string.match(stored, '^(%d+) (.*)$')
  if tonumber(untilText) <= now then return nil end
  return value, untilText
end

-- Where what is claimed of a counter, or of a bucket, goes; nil where it stays.
local function targetOf(name, now)
  return (valueUntil(string.match(name, '^[^\31]*'), now))
end

-- The former names of a counter, as JSON, and until when keys may be known under them; nil where there are none.
local function formerNamesOf(name, now)
  return valueUntil(' from:' .. name, now)
end

-- Forgets what is over, some hundred at a time: goes on where it ended the last time.
local function forgetMoves(now)
  if redis.call('EXISTS', moves) == 0 then return end
  local cursor = redis.call('HGET', state, 'movesCursor')
  local nextCursor, found = unpack(redis.call('HSCAN', moves, cursor or '0', 'COUNT', 200))
  writeThoughFull()
  for i = 1, #found, 2 do
    if tonumber(string.match(found[i + 1], '^%d+')) <= now then redis.call('HDEL', moves, found[i]) end
  end
  if nextCursor ~= '0' then
    redis.call('HSET', state, 'movesCursor', nextCursor)
  elseif cursor then
    redis.call('HDEL', state, 'movesCursor')
  end
end
