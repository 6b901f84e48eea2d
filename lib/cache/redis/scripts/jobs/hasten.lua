-- Makes counters due now.
-- KEYS: the partition's, see _partition.lua
-- ARGV: mark: the one that an earlier part of this flush was answered, or '' · limit: counters at most, if all are meant ·
--   then the names of the counters; none: all
-- Answer: mark: the time for which counters are due now · 1 if more are left or 0 · wake or ''
local markBefore, limit = unpack(ARGV, 1, 2)
local FIRST_NAME = 3
local areNamed = ARGV[FIRST_NAME] ~= nil

local mark = markBefore ~= '' and markBefore or integer(currentTime())
local members = {}
writeThoughFull()
if areNamed then
  for i = FIRST_NAME, #ARGV do
    local name = ARGV[i]
    if redis.call('HEXISTS', pending, name) == 1 then redis.call('ZADD', due, 'LT', mark, name) end
  end
else
  -- all becomes due, so a clock that was put back no longer matters
  if redis.call('HEXISTS', state, 'sweptAt') == 1 then redis.call('HSET', state, 'sweptAt', mark) end
  members = redis.call('ZRANGEBYSCORE', due, '(' .. mark, '+inf', 'LIMIT', 0, limit)
end
for _, member in ipairs(members) do
  local id = listIdOf(member)
  local newId = id and id .. ':' .. mark
  -- under another id, so that what comes from now on for that time has a list of its own
  if id and redis.call('RENAMENX', listKey(id), listKey(newId)) == 1 then
    redis.call('ZREM', due, member)
    redis.call('ZADD', due, mark, ' ' .. newId)
  else
    redis.call('ZADD', due, 'XX', 'LT', mark, member)
  end
end

local first = firstDueTime()
local wake = first and first <= tonumber(mark) and askForFirstWake(currentTime()) or ''
local isMoreLeft = not areNamed and #members == tonumber(limit)
return { mark, isMoreLeft and 1 or 0, wake }
