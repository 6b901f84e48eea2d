-- Counters whose counts go to other counters, and those that they went to.
-- moves: counter -> until when, a space, and the counter that gets what is claimed of it
--   ' from:' and a counter -> until when keys may be known under its former names, a space, and these names as JSON. Behind each name
--     are \31, the number that its keys had by then, see _idempotency.lua, a space, and until when keys of this number may be known

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
