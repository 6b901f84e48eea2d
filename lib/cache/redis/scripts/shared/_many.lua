-- Commands on lists of any length. Each command stands in a line of its own: an error of Redis only names the line, and
-- refusal.ts finds the command there.

-- The limit of `unpack`: Lua's stack holds 8,000 values. Longer lists go in several commands. The number is even, so that a
-- field stays with its value.
local MOST_UNPACKED = 7000

-- the values of all fields, in their order; false for one that is not there
local function valuesOf(hash, fields)
  local values
  for first = 1, #fields, MOST_UNPACKED do
    local part = redis.call('HMGET', hash, unpack(fields, first, math.min(first + MOST_UNPACKED - 1, #fields)))
    if values then
      for i = 1, #part do values[first + i - 1] = part[i] end
    else
      values = part
    end
  end
  return values or {}
end

local function setFields(hash, fieldsAndValues)
  for first = 1, #fieldsAndValues, MOST_UNPACKED do
    redis.call('HSET', hash, unpack(fieldsAndValues, first, math.min(first + MOST_UNPACKED - 1, #fieldsAndValues)))
  end
end

-- Sets fields of a hash that is to be a table. Redis keeps a small hash as a list, and goes through all of it for every
-- field: up to 512 fields, and none longer than 64 bytes, by its defaults. A longer one makes it a table for as long as it
-- lives.
-- https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/memory-optimization/
local function setInTable(hash, fieldsAndValues)
  local long = redis.call('HLEN', hash) <= 512 and string.rep(' ', 65)
  if long then redis.call('HSET', hash, long, '') end
  setFields(hash, fieldsAndValues)
  if long then redis.call('HDEL', hash, long) end
end
