-- Has what is claimed of a counter and its buckets go to another counter for a while, or no longer.
-- KEYS: the partition's, see _partition.lua
-- ARGV: name: of the counter · lasting: for how many milliseconds, '' for no longer, or '=' as it is · target: the other counter ·
--   former: names that were moved to this counter, the latest first, see _moves.lua, as JSON, or '' · formerUntil: until when their
--   keys may be known, or '' ·
--   then names of the counter and its buckets that become due now, also where nothing of them is pending
-- Answer: 'unseeded' · 'protocol', that of the partition · 'marked', wake or '', the name of this counter, if keys may be known, and its
--   former ones, as JSON or '', and until when keys of it or them may be known, or ''
local name, lasting, target, former, formerUntil = unpack(ARGV, 1, 5)
local FIRST_NAME = 6
-- A key is looked for under so many names at most, the latest ones.
local MOST_FORMER = 100

local fence, protocol, latestDue = unpack(redis.call('HMGET', state, 'fence', 'protocol', 'latestDue'))
if not fence then return { 'unseeded' } end
if protocol ~= PROTOCOL then return { 'protocol', protocol } end

local now = currentTime()
if lasting ~= '=' then beginAnewIfOver(name, now) end
local known, knownUntil = formerNamesOf(name, now)
known = known and cjson.decode(known) or {}
local number = numberOf(name, now)
local own = name .. '\31' .. number
local lastKey = tonumber(redis.call('ZRANGE', idempotencyDue, -1, -1)[1] or 0)
if former ~= '' then
  local names, places = {}, {}
  local function note(each)
    local as, last = string.match(each, '^([^\31]*\31%d+) (%d+)$')
    local place = places[as or each]
    if place and last then
      local before = string.match(names[place], '%d+$')
      if tonumber(before) < tonumber(last) then names[place] = each end
    elseif not place and as ~= own and #names < MOST_FORMER then
      names[#names + 1] = each
      places[as or each] = #names
    end
  end
  for _, each in ipairs(cjson.decode(former)) do note(each) end
  for _, each in ipairs(known) do note(each) end
  local lastUntil = integer(math.max(tonumber(formerUntil), tonumber(knownUntil or 0)))
  if names[1] then redis.call('HSET', moves, ' from:' .. name, lastUntil .. ' ' .. cjson.encode(names)) end
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
if lastKey > now then
  table.insert(known, 1, own .. ' ' .. integer(lastKey))
  -- whoever knows this name must not take keys of a later counter for its own
  if number ~= '0' then keepNumber(name, number, integer(lastKey)) end
end
return { 'marked', wake, known[1] and cjson.encode(known) or '', keysUntil > now and integer(keysUntil) or '' }
