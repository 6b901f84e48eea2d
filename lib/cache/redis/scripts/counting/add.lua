-- Applies the operations of one call, once.
-- KEYS: the partition's, see _partition.lua
-- ARGV:
--   client, seq: who calls, and the number of this call
--   generation: the one that the client knows
--   settings: the ones that the client has; the partition must have been seeded with the same
--   tick: in milliseconds. Due times are rounded up to a tick, or to the interval if that is shorter; interval 0 is due at once
--   keyTtl: how long an idempotency key is known, in milliseconds
--   acknowledgedSeq: the last seq of the client that was applied in this generation, as far as the client knows. If it is
--     above the seq kept here, it shows that Redis lost calls
--   uncertain: 1 if an earlier try of this call may have been applied, or 0
--   then each operation, as one of
--     'p', interval, names as JSON, values of up to 15 digits as JSON: a run, see _run.lua
--     kind, name, value, interval. Kinds: a: add · t: add, and answer the total · s: set · d: delete
--     An a or t may have letters behind it. Each brings further arguments, in this order:
--       k: the digest of the idempotency key
--       w: the suffixes of the counter's buckets, with \31 between them
--       b: the lowest total or '', the highest or '', and the bucket whose total it is or ''
-- Answer:
--   'unseeded': nothing was applied, as the partition has no fence
--   'protocol', that of the partition: nothing was applied
--   'settings', those of the partition: nothing was applied
--   'generation', that of the partition: nothing was applied
--   'stale': nothing was applied, as a later call of the client was applied before
--   'interrupted': an earlier try of this call failed half-way
--   'applied', wake or '', outcomes, lost, uncertain
--     lost: 1 if Redis lost calls of the client, or 0
--     uncertain: the `uncertain` of the try that took effect
--   Outcomes are a list: index of the operation, what became of it, for 'total' and 'bounded' also base, batch and pending,
--     the next index … An operation without an outcome was applied.
local client, seqText, generation, settings, tick, keyTtl, acknowledgedSeq, uncertain = unpack(ARGV, 1, 8)
local FIRST_OPERATION, BEHIND_FIRST_RUN = 9, 13

local knownGeneration, knownSettings, knownProtocol = unpack(redis.call('HMGET', state, 'generation', 'settings', 'protocol'))
if not knownGeneration then return { 'unseeded' } end
if knownProtocol ~= PROTOCOL then return { 'protocol', knownProtocol } end
if knownSettings ~= settings then return { 'settings', knownSettings } end
if knownGeneration ~= generation then return { 'generation', knownGeneration } end

local now, seq = currentTime(), tonumber(seqText)
local lastSeq, lastAnswer = lastCallOf(client)
if seq < lastSeq then return { 'stale' } end
if seq == lastSeq then
  if lastAnswer == NO_ANSWER then return { 'interrupted' } end
  local lost, wasUncertain, outcomes = string.match(lastAnswer, '^(%d)(%d)(.*)$')
  -- the answer that got lost may have been the one that asked for the job
  local wakeId, wakeAt = unpack(redis.call('HMGET', state, 'wakeId', 'wakeAt'))
  local wake = wakeId and { wakeId, integer(math.max(0, wakeAt - now)), '' } or ''
  return { 'applied', wake, cmsgpack.unpack(outcomes), tonumber(lost), tonumber(wasUncertain) }
end
-- The first write. A script that fails half-way is not rolled back, and this keeps the call from running again. A Redis that is
-- full or read-only refuses here, before anything is changed.
noteCall(client, seqText, now, NO_ANSWER)

-- see _rounds.lua
local latestDue = redis.call('ZRANGE', due, -1, -1, 'WITHSCORES')[2]
local schedule = { now = now, tick = tonumber(tick), plans = {}, first = nil, latestDue = latestDue and tonumber(latestDue) }

-- Keeps the answer for a repetition of the call, and gives it.
local function applied(outcomes)
  local lost = lastSeq < tonumber(acknowledgedSeq) and 1 or 0
  noteCall(client, seqText, now, lost .. uncertain .. cmsgpack.pack(outcomes))
  return { 'applied', schedule.first and askForWake(now, schedule.first) or '', outcomes, lost, tonumber(uncertain) }
end

-- Most calls end here. If this does not return, the script continues in add-operations.lua, which scripts.ts appends; the
-- functions there are created only then: that saves a tenth of a small call.
if ARGV[FIRST_OPERATION] == 'p' and not ARGV[BEHIND_FIRST_RUN] and isPlainPartition() then
  local interval, names, values = unpack(ARGV, FIRST_OPERATION + 1, FIRST_OPERATION + 3)
  if addRun(schedule, cjson.decode(names), cjson.decode(values), interval) then return applied({}) end
end
