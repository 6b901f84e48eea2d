-- Has what is claimed of a counter and its buckets go to another counter for a while, or no longer.
-- KEYS: the partition's, see _partition.lua
-- ARGV: name: of the counter · lasting: for how many milliseconds, '' for no longer, or '=' as it is · target: the other counter ·
--   former: names that were moved to this counter, the latest first, as JSON, or '' · formerUntil: until when their keys may be
--   known, or '' ·
--   then names of the counter and its buckets that become due now, also where nothing of them is pending
-- Answer: 'unseeded' · 'protocol', that of the partition · 'marked', wake or '', the former names of this counter as JSON or '',
--   and until when keys of it or them may be known, or ''
local name, lasting, target, former, formerUntil = unpack(ARGV, 1, 5)
local FIRST_NAME = 6
-- A key is looked for under so many names at most, the latest ones.
local MOST_FORMER = 100

local fence, protocol, latestDue = unpack(redis.call('HMGET', state, 'fence', 'protocol', 'latestDue'))
if not fence then return { 'unseeded' } end
if protocol ~= PROTOCOL then return { 'protocol', protocol } end

local now = currentTime()
local known, knownUntil = formerNamesOf(name, now)
local lastKey = tonumber(redis.call('ZRANGE', idempotencyDue, -1, -1)[1] or 0)
if former ~= '' then
  local names, isThere = {}, {}
  local function note(each)
    if isThere[each] or #names == MOST_FORMER then return end
    isThere[each] = true
    names[#names + 1] = each
  end
  for _, each in ipairs(cjson.decode(former)) do note(each) end
  for _, each in ipairs(known and cjson.decode(known) or {}) do note(each) end
  local lastUntil = integer(math.max(tonumber(formerUntil), tonumber(knownUntil or 0)))
  redis.call('HSET', moves, ' from:' .. name, lastUntil .. ' ' .. cjson.encode(names))
end
if lasting == '' then
  redis.call('HDEL', moves, name)
elseif lasting ~= '=' then
  redis.call('HSET', moves, name, integer(now + tonumber(lasting)) .. ' ' .. target)
end
for i = FIRST_NAME, #ARGV do
  redis.call('HINCRBY', pending, ARGV[i], 0)
  redis.call('ZADD', due, 'LT', integer(now), ARGV[i])
end
local wake = ''
if ARGV[FIRST_NAME] then
  if not latestDue or tonumber(latestDue) < now then redis.call('HSET', state, 'latestDue', integer(now)) end
  wake = askForFirstWake(now)
end
local keysUntil = math.max(lastKey, tonumber(knownUntil or 0))
return { 'marked', wake, known or '', keysUntil > now and integer(keysUntil) or '' }
