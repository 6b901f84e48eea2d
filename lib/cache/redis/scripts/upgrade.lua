-- Takes over a partition that version 0.1 left, part by part: its idempotency keys become digests, which are not computed
-- here. From the first part on processes of that version refuse to count; nothing that they left changes but this.
-- KEYS: the partition's, see _partition.lua
-- ARGV: settings: what the partition is to have been seeded with · cursor: '0' at first, 'end' after the last page ·
--   then for each key of the page before: its digest, its delta, when it expires, its ttl
-- Answer: 'another', its protocol or '': this is no partition of that version, or one with other queues ·
--   'keys', the next cursor, '0' after the last page, and a list: counter and key with a zero byte between them, delta, when
--   it expires, the next … · 'done'
local settings, cursor = unpack(ARGV, 1, 2)
local FIRST_KEY, LAST_CURSOR, PAGE = 3, 'end', 500
-- by which 0.1 reads this, and what is neither read nor written by it
local PROTOCOL_BEFORE, BETWEEN = '1', '1 to 2'

-- idempotency keys as 0.1 has them: counter and key -> delta, and by the time at which they expire
local keysBefore, keysBeforeDue = string.gsub(state, 'state$', 'claims'), string.gsub(state, 'state$', 'claims-due')

local protocol, queues = fieldsOf(state, 'protocol', 'queues')
if protocol == PROTOCOL then return { 'done' } end
if protocol ~= PROTOCOL_BEFORE and protocol ~= BETWEEN then return { 'another', protocol or '' } end
if queues ~= string.match(settings, '^%d+') then return { 'another', protocol } end

-- a full Redis: less is in it afterwards
writeThoughFull()
redis.call('HSET', state, 'protocol', BETWEEN)
for i = FIRST_KEY, #ARGV, 4 do
  local digest, delta, expires, ttl = unpack(ARGV, i, i + 3)
  -- another process may take the same part over
  if redis.call('HEXISTS', idempotency, digest) == 0 then rememberKey(digest, delta, tonumber(expires), tonumber(ttl)) end
end
if cursor == LAST_CURSOR then
  redis.call('UNLINK', keysBefore, keysBeforeDue)
  redis.call('HSET', state, 'settings', settings, 'protocol', PROTOCOL)
  redis.call('HDEL', state, 'queues')
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
