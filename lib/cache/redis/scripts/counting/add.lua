-- Applies the operations of one call, once. Most calls bring plain increments only, and never come here: see add-run.lua.
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
--   then each operation: kind, name, value, interval. Kinds: a: add · t: add, and answer the total · s: set · d: delete ·
--     u: take back what counted under a key
--     An a, t or u may have letters behind it. Each brings further arguments, in this order:
--       k: the digest of the idempotency key
--       o: the digest of a key that counts once, and for how many milliseconds the key is known
--       w: the suffixes of the counter's buckets, with \31 between them
--       b: the lowest total or '', the highest or '', and the bucket whose total it is or ''
--       i: no argument; the key was looked for under former names of the counter
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
--   Outcomes are a list: index of the operation, what became of it, for 'total' and 'bounded' also base, batch and pending, for
--     'cold buckets' also their suffixes, for 'moved' the former names as JSON, the next index … An operation without an outcome was applied.
local client, seqText, generation, settings, tick, keyTtl, acknowledgedSeq, uncertain = unpack(ARGV, 1, 8)

local knownGeneration, knownSettings, knownProtocol, partitionPlain, latestDue, wakeAt =
  unpack(redis.call('HMGET', state, 'generation', 'settings', 'protocol', 'plain', 'latestDue', 'wakeAt'))
if not knownGeneration then return { 'unseeded' } end
if knownProtocol ~= PROTOCOL then return { 'protocol', knownProtocol } end
if knownSettings ~= settings then return { 'settings', knownSettings } end
if knownGeneration ~= generation then return { 'generation', knownGeneration } end

local now, seq, noteField = currentTime(), tonumber(seqText), fieldOf(client)
local lastSeq, _, lastAnswer = parseNote(redis.call('HGET', pending, noteField))
if seq < lastSeq then return { 'stale' } end
if seq == lastSeq then
  if lastAnswer == NO_ANSWER then
    -- it may have added to counters and not scheduled them
    writeThoughFull()
    eachOperation(function(_, verb, name, _, _, digest, suffixes)
      if verb == 'u' then suffixes = countedSuffixes(name, digest, now) end
      for _, each in ipairs(withBuckets(name, suffixes)) do
        if redis.call('HEXISTS', pending, each) == 1 then redis.call('ZADD', due, 'LT', integer(now), each) end
      end
    end)
    return { 'interrupted' }
  end
  local lost, wasUncertain, outcomes = string.match(lastAnswer, '^(%d)(%d)(.*)$')
  -- the answer that got lost may have been the one that asked for the job
  local wakeId = redis.call('HGET', state, 'wakeId')
  local wake = wakeId and { wakeId, integer(math.max(0, wakeAt - now)), '' } or ''
  return { 'applied', wake, outcomes == '' and {} or cmsgpack.unpack(outcomes), tonumber(lost), tonumber(wasUncertain) }
end
-- The first write. A script that fails half-way is not rolled back, and this keeps the call from running again. A Redis that is
-- full or read-only refuses here, before anything is changed.
local note = noteOf(seqText, now, NO_ANSWER)
if lastSeq == 0 then
  redis.call('SADD', clients, client)
  -- there will be many counters beside the notes, or there were
  setInTable(pending, { noteField, note })
else
  redis.call('HSET', pending, noteField, note)
end

local schedule = newSchedule(now, tonumber(tick), latestDue and tonumber(latestDue), wakeAt)

-- Keeps the answer for a repetition of the call, and gives it.
local function applied(outcomes)
  local lost = lastSeq < tonumber(acknowledgedSeq) and 1 or 0
  local packed = outcomes[1] and cmsgpack.pack(outcomes) or ''
  redis.call('HSET', pending, noteField, noteOf(seqText, now, lost .. uncertain .. packed))
  return { 'applied', schedule.first and askForWake(now, schedule.first) or '', outcomes, lost, tonumber(uncertain) }
end
