-- Applies the operations of one call, once.
-- KEYS: the partition's, see _partition.lua
-- ARGV:
--   client, seq: who calls, and the number of this call
--   generation: the one that the client knows
--   settings: as the partition is to have been seeded with them
--   tick: due times are multiples of so many milliseconds
--   keyTtl: for how many milliseconds idempotency keys are known
--   acknowledgedSeq: the last seq of the client that was applied in this generation, as far as it knows
--   repeated: 1 if an earlier try may have been applied, or 0
--   then the operations, one of
--     'p', interval, names as JSON, values of up to 15 digits as JSON: a run, see _run.lua
--     kind, name, value, interval, and what the letters behind the kind say. a: add · t: add, and answer the total ·
--       s: set · d: delete. Behind a and t: k: the digest of the idempotency key comes next · w: the suffixes of the
--       counter's buckets, with \31 between them · b: the lowest and the highest total, each or '', and the bucket
--       that they are about or ''
-- Answer:
--   'unseeded' · 'protocol', its own · 'settings', its own · 'generation', its own: nothing was applied
--   'stale': nothing was applied, a later call of the client was
--   'interrupted': this call began once, and failed half-way
--   'applied', wake or '', outcomes, 1 if calls of the client were lost or 0, 1 if the try that was applied was a repeated
--     one or 0. Outcomes are one after the other: the index of the operation, what became of it, for 'total' and 'bounded'
--     also base, batch and pending. An operation without an outcome was applied.
local client, seqText, generation, settings, tick, keyTtl, acknowledgedSeq, repeated = unpack(ARGV, 1, 8)
local FIRST_OPERATION, SECOND_RUN = 9, 13

local knownGeneration, knownSettings, knownProtocol = fieldsOf(state, 'generation', 'settings', 'protocol')
if not knownGeneration then return { 'unseeded' } end
if knownProtocol ~= PROTOCOL then return { 'protocol', knownProtocol } end
if knownSettings ~= settings then return { 'settings', knownSettings } end
if knownGeneration ~= generation then return { 'generation', knownGeneration } end

local now, seq = currentTime(), tonumber(seqText)
local lastSeq, lastAnswer = lastCallOf(client)
if seq < lastSeq then return { 'stale' } end
if seq == lastSeq then
  if lastAnswer == NO_ANSWER then return { 'interrupted' } end
  local lost, wasRepeated, outcomes = string.match(lastAnswer, '^(%d)(%d)(.*)$')
  -- the answer that asked for the job may be the one that was lost
  local wakeId, wakeAt = fieldsOf(state, 'wakeId', 'wakeAt')
  local wake = wakeId and { wakeId, integer(math.max(0, wakeAt - now)), '' } or ''
  return { 'applied', wake, cmsgpack.unpack(outcomes), tonumber(lost), tonumber(wasRepeated) }
end
-- Before anything else is written: a script that fails half-way is not rolled back, and must not run again.
-- Also where a Redis that is full or read-only refuses, with nothing changed yet.
noteCall(client, seqText, now, NO_ANSWER)

-- Remembers the answer, and gives it.
local function applied(schedule, outcomes)
  local lost = lastSeq < tonumber(acknowledgedSeq) and 1 or 0
  noteCall(client, seqText, now, lost .. repeated .. cmsgpack.pack(outcomes))
  return { 'applied', schedule.first and askForWake(now, schedule.first) or '', outcomes, lost, tonumber(repeated) }
end

-- The way of most calls is short: what stands behind it, in add-operations.lua, is not even built.
if ARGV[FIRST_OPERATION] == 'p' and not ARGV[SECOND_RUN] and isPlainPartition() then
  local interval, names, values = unpack(ARGV, FIRST_OPERATION + 1, FIRST_OPERATION + 3)
  local schedule = newSchedule(now, tonumber(tick))
  if addRun(schedule, cjson.decode(names), cjson.decode(values), interval) then return applied(schedule, {}) end
end
