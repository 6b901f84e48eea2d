-- Commands on lists of any length. Each command stands in a line of its own: an error of Redis only names the line, and
-- refusal.ts finds the command there.

-- The limit of `unpack`: Lua's stack holds 8,000 values. Longer lists go in several commands. The number is even, so that a
-- field stays with its value.
local MOST_UNPACKED = 7000

-- The parts of a list, one for each command: `for last, first in nextPart, list, 0 do`.
local function nextPart(list, done)
  if done < #list then return math.min(done + MOST_UNPACKED, #list), done + 1 end
end

-- the values of all fields, in their order; false for one that is not there
local function valuesOf(hash, fields)
  local values
  for last, first in nextPart, fields, 0 do
    local part = redis.call('HMGET', hash, unpack(fields, first, last))
    if not values then
      values = part
    else
      for i = 1, #part do values[first + i - 1] = part[i] end
    end
  end
  return values or {}
end

local function setFields(hash, fieldsAndValues)
  for last, first in nextPart, fieldsAndValues, 0 do
    redis.call('HSET', hash, unpack(fieldsAndValues, first, last))
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

-- Answers how many there were.
local function deleteFields(hash, fields)
  local deletedCount = 0
  for last, first in nextPart, fields, 0 do
    deletedCount = deletedCount + redis.call('HDEL', hash, unpack(fields, first, last))
  end
  return deletedCount
end
