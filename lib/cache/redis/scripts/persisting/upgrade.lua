-- Takes over a partition of version 0.1, page by page: its idempotency keys become digests. The caller computes the digests,
-- as Redis cannot. From the first page on processes of version 0.1 refuse to count. Nothing else of the partition changes.
-- KEYS: the partition's, see _partition.lua
-- ARGV: settings: those of the caller, which the partition gets · cursor: '0' at first, 'end' after the last page ·
--   then for each key of the page before: its digest, its delta, when it expires, its ttl
-- Answer: 'another', its protocol or '': the partition is not of version 0.1, or has another number of queues ·
--   'keys', the next cursor, '0' after the last page, and a list: counter and key with a zero byte between them, delta, when
--   it expires, the next … · 'done'
local settings, cursor = unpack(ARGV, 1, 2)
local FIRST_KEY, LAST_CURSOR, PAGE = 3, 'end', 500
-- the protocol of 0.1, and one by which neither version counts
local PROTOCOL_BEFORE, BETWEEN = '1', '1 to 2'

-- idempotency keys as 0.1 has them: counter and key -> delta, and by the time at which they expire
local keysBefore, keysBeforeDue = string.gsub(state, 'state$', 'claims'), string.gsub(state, 'state$', 'claims-due')

local protocol, queues = unpack(redis.call('HMGET', state, 'protocol', 'queues'))
if protocol == PROTOCOL then return { 'done' } end
if protocol ~= PROTOCOL_BEFORE and protocol ~= BETWEEN then return { 'another', protocol or '' } end
if queues ~= string.match(settings, '^%d+') then return { 'another', protocol } end

-- in the end this frees memory
writeThoughFull()
redis.call('HSET', state, 'protocol', BETWEEN)
for i = FIRST_KEY, #ARGV, 4 do
  local digest, delta, expires, ttl = unpack(ARGV, i, i + 3)
  -- another process may take the same part over
  if redis.call('HEXISTS', idempotency, digest) == 0 then
    keepField(digest, delta, tonumber(expires), spanEndOf(expires, tonumber(ttl)))
  end
end
if cursor == LAST_CURSOR then
  redis.call('UNLINK', keysBefore, keysBeforeDue, clients)
  redis.call('HSET', state, 'settings', settings, 'protocol', PROTOCOL)
  redis.call('HDEL', state, 'queues')
  local latest = redis.call('ZRANGE', due, -1, -1, 'WITHSCORES')[2]
  if latest then redis.call('HSET', state, 'latestDue', latest) end
  return { 'done' }
end

local nextCursor, fieldsAndDeltas = unpack(redis.call('HSCAN', keysBefore, cursor, 'COUNT', PAGE))
local keys = {}
for i = 1, #fieldsAndDeltas, 2 do
  local field, delta = fieldsAndDeltas[i], fieldsAndDeltas[i + 1]
  local expires = redis.call('ZSCORE', keysBeforeDue, field)
  if expires then
    for _, part in ipairs({ field, delta, expires }) do keys[#keys + 1] = part end
  end
end
return { 'keys', nextCursor, keys }
