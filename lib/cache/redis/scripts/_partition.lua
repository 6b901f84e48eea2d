-- Put in front of every script: the keys of one partition, always in this order.
--
-- state: what holds for the whole partition
--   fence: seq of the last batch that was claimed
--   generation: changes with each wipe and each parking; producers name the one that they know
--   settings: the number of queues and the time zone that the partition was seeded with
--   protocol: by which all of this is to be read
--   reserved, chain: the generation that is to be seeded, and the reservations before it, see reserve.lua
--   unreported: a loss that nobody has reported yet
--   basesSince: when `bases` was begun
--   clientsUntil: when to look for clients that expired
--   wakeAt, wakeId: the job that was asked for; wakes: how many were
--   behind: up to which batch the database was to have, and where it was found to stand instead; told then
--   sweptAt: the latest time that a sweep saw
--   rules, in partition 0 only: what the process that started last said of its window rules
--   identity, in partition 0 only: what tells this Redis from another one
--   database, in partition 0 only: in which database it is counted, when and by which process that was noted, see database.lua
--   leader, leadsUntil, in partition 0 only: the process that sweeps for all, and until when
-- pending: counter -> delta that no batch has yet
-- due: counters by the time at which they are due
-- rounds: interval -> when its counters are due together
-- batch: the open batch, counter -> delta; fields of its own (seq, nonce, at, holder, until, counters, large,
--   delete:<counter>, expected:<counter>) begin with a space, as no counter does
-- clients: client -> its last seq, and the answer to that
-- deleted: counters whose row is to be removed
-- expected: counter -> what its row must hold when that is added which is pending: it was computed from this value
-- idempotency, idempotencyDue: see _idempotency.lua
-- large: persisted values near the end of the range
-- overflowed, refused, parked: deltas that are kept aside
-- workers, in partition 0 only: process -> when it was seen, and what it says of itself
-- bases, olderBases: counter -> persisted value, a cache; no counter is in both
local state, pending, due, batch, clients, deleted, idempotency, idempotencyDue, large, overflowed, parked, bases, olderBases, rounds, refused, workers, expected =
  unpack(KEYS)

-- One that another version of this package has left is none of ours.
local PROTOCOL = '2'

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

-- the first or last time at which something is due, nil when nothing is
local function dueTimeAt(rank)
  local score = redis.call('ZRANGE', due, rank, rank, 'WITHSCORES')[2]
  return score and tonumber(score)
end

-- Asks for a job at a time, unless one is asked for that does not come later. Answers '', or the id of the job, in how many
-- milliseconds it is to run, and the id of the job that it takes the place of or ''.
local function wake(at, time)
  local asked = redis.call('HMGET', state, 'wakeAt', 'wakeId')
  if asked[1] and tonumber(asked[1]) <= time then return '' end
  local id = integer(redis.call('HINCRBY', state, 'wakes', 1)) .. '-' .. integer(at)
  redis.call('HSET', state, 'wakeAt', integer(time), 'wakeId', id)
  return { id, integer(math.max(0, time - at)), asked[2] or '' }
end

-- The same for what is due first, if anything is.
local function wakeForFirst(at)
  local first = dueTimeAt(0)
  return first and wake(at, math.max(first, at)) or ''
end

-- Three numbers can only leave the 64-bit range together when one of them is as large as this.
local function isLarge(value)
  local number = tonumber(value)
  return number >= 2 ^ 61 or number <= -(2 ^ 61)
end
