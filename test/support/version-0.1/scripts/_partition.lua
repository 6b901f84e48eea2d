-- Put in front of every script: the keys of one partition, always in this order.
-- state: fence, generation, queues; protocol, by which all of this is to be read; reserved, to be seeded with; unreported, what was lost; basesSince, when bases was
-- begun · pending: counter -> delta · due: counter by time · batch: the open batch, its
-- own fields (seq, nonce, at, handed, counters, large, delete:<counter>) led by a space, which no counter name is · clients: client -> last seq
-- and answer · deleted: counters to remove · claims, claimsDue: idempotency keys · large: persisted values near the end
-- of the range · overflowed, parked: kept aside · bases, olderBases: counter -> persisted value, a cache; never in both
local state, pending, due, batch, clients, deleted, claims, claimsDue, large, overflowed, parked, bases, olderBases =
  unpack(KEYS)

-- One that another version of this package has left is none of ours.
local PROTOCOL = '1'

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A full Redis refuses a script's writes, unless it has written something that needs no memory before: what empties
-- Redis begins with this. It changes nothing.
local function writeThoughFull()
  redis.call('HDEL', batch, ' ')
end

-- Redis keeps a small hash as a list, and goes through all of it for every field: up to 512 fields, and none longer than
-- 64 bytes, by its defaults. A longer one makes it a table for as long as it lives.
-- https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/memory-optimization/
local function setMany(hash, ...)
  local long = redis.call('HLEN', hash) <= 512 and string.rep(' ', 65)
  if long then redis.call('HSET', hash, long, '') end
  redis.call('HSET', hash, ...)
  if long then redis.call('HDEL', hash, long) end
end

local function integer(number)
  return string.format('%.0f', number)
end

-- milliseconds until something is due, '' when nothing waits
local function nextIn(at)
  local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')
  if not first[1] then return '' end
  return integer(math.max(0, first[2] - at))
end

-- Three numbers can only leave the 64-bit range together when one of them is as large as this.
local function isLarge(value)
  local number = tonumber(value)
  return number >= 2 ^ 61 or number <= -(2 ^ 61)
end
