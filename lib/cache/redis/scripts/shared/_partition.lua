-- In front of every script: the keys of one partition, always in this order, and what every script may use.
-- Processes of other versions of this package use the same keys and fields. A key or field with another name or another
-- meaning needs another protocol.
--
-- state: what holds for the whole partition
--   fence: seq of the last batch that was claimed
--   generation: changes with each wipe and each parking; producers name the one that they know
--   settings: the number of queues and the time zone that the partition was seeded with
--   protocol: by which all of this is to be read
--   reserved, chain: the generation that is to be seeded, and the reservations before it, see reserve.lua
--   unreported: a loss that no process has reported yet
--   basesSince: when `bases` was begun
--   clientsUntil: when to look for clients that expired
--   cursor: where the next sweep goes on among the clients; movesCursor: among `moves`, no field where it begins anew
--   wakeAt, wakeId: the job that was asked for; wakes: how many were
--   plain: what a client must know to count without a look at anything else, see _plain.lua
--   latestDue: at or after the latest time for which a counter is scheduled; no field while nothing is due
--   round:<interval>: when its counters are due together, see _rounds.lua
--   behind: the batch that the database should have been at, and the older one at which it was found; that was told then
--   refreshes: how often cached values were dropped on request, no field while that is never
--   sweptAt: the latest time that a sweep saw
--   refusal: what the database said of the last row that it refused
--   rules, in partition 0 only: what processes say of their window rules, and when one did so last, see rules.lua
--   identity, in partition 0 only: what tells this Redis from another one
--   database, in partition 0 only: in which database it is counted, when and by which process that was noted, see database.lua
--   leader, leadsUntil, in partition 0 only: the process that sweeps for all, and until when
--   beatsSince, in partition 0 only: when processes were first heard after a time in which nobody was, see beat.lua
--   deputy, deputyUntil, in partition 0 only: the process that asks for the lead when that time is over, and until when
-- pending: counter -> delta that no batch has yet; and the last call of each client, see _calls.lua
-- due, due:<id>: counters by the time at which they are due, see _due.lua
-- batch: the open batch, counter -> delta; fields of its own (seq, nonce, at, holder, until, counters, large,
--   delete:<counter>, expected:<counter>, move:<counter>) begin with a space, as no counter does
-- clients: those with a last call in `pending`
-- deleted: counters whose row is to be removed
-- idempotency, idempotencyDue: see _idempotency.lua
-- large: persisted values near the end of the range
-- overflowed, parked, refused: deltas that are put aside, see _parcels.lua
-- bases, olderBases: counter -> persisted value, a cache; no counter is in both
-- workers, in partition 0 only: process -> when it was seen, and what it says of itself
-- expected: counter -> what its row must hold when the pending delta is added, as the delta was computed from this value
-- moves: counters that go by another name now, see _moves.lua
local state, pending, due, batch, clients, deleted, idempotency, idempotencyDue, large, overflowed, parked, bases, olderBases, refused, workers, expected, moves =
  unpack(KEYS)

-- Scripts that count, claim, read or sweep refuse a partition with another protocol.
local PROTOCOL = '2'

-- by the clock of Redis, in milliseconds since 1970
local function currentTime()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- the digits of a whole number: Lua writes large ones with an exponent
local function integer(number)
  return string.format('%.0f', number)
end

-- A full Redis refuses the writes of a script, unless the script has begun with a write that needs no memory. So scripts
-- that free memory begin with this one, which changes nothing.
local function writeThoughFull()
  redis.call('HDEL', batch, ' ')
end
