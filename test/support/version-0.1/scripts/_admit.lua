-- ARGV of add: client, seq, generation, queues, tick, idempotency ttl, last seq acknowledged, 1 if an earlier try may have been
-- applied or 0, then per operation: kind, name, value, interval.
-- Kinds: a add · t add and answer the total · s set · d delete. The first two may be followed by k (the idempotency key
-- comes next), w (windows: the suffixes of its buckets) and b (bounds: lowest and highest total or '', and the bucket
-- that they are about or ''). Or for a run of plain increments, of which no two are of one counter: p, interval,
-- names as JSON, values of up to 15 digits as JSON texts.
local client, seq, generation = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local tick, claimTtl = tonumber(ARGV[5]), tonumber(ARGV[6])

local known = redis.call('HMGET', state, 'generation', 'queues', 'protocol')
if not known[1] then return { 'unseeded' } end
if known[3] ~= PROTOCOL then return { 'protocol', known[3] } end
if known[2] ~= ARGV[4] then return { 'queues', known[2] } end
if known[1] ~= generation then return { 'generation', known[1] } end

local at = now()
local seen = redis.call('HGET', clients, client)
local lastSeq = 0
if seen then
  local answer
  lastSeq, answer = string.match(seen, '^(%d+) %d+ (.*)$')
  lastSeq = tonumber(lastSeq)
  if seq < lastSeq then return { 'stale' } end
  if seq == lastSeq then
    if answer == '' then return { 'interrupted' } end
    local wasLost, wasRepeated, was = string.match(answer, '^(%d)(%d)(.*)$')
    return { 'applied', nextIn(at), cmsgpack.unpack(was), tonumber(wasLost), tonumber(wasRepeated) }
  end
end
-- Before anything else is written: a script that fails half-way is not rolled back, and must not run again.
-- Also where a Redis that is full or read-only refuses, with nothing changed yet.
redis.call('HSET', clients, client, ARGV[2] .. ' ' .. integer(at) .. ' ')

