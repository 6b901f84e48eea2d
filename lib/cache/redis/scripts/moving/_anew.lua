-- A counter whose counts went to another one for a while: when that is over, it is another counter. Whoever got the counts
-- looks for the keys, and knows the names that it had: of the counter that begins anew neither are known.

local function beginAnew(name, now)
  forgetKeysOf(name, now)
  redis.call('HDEL', moves, name, ' from:' .. name)
end

-- Whoever meets the mark first when its time is over does that, and removes it. To be called before a key of the counter is looked for.
local function beginAnewIfOver(name, now)
  local mark = redis.call('HGET', moves, name)
  if mark and tonumber(string.match(mark, '^%d+')) <= now then beginAnew(name, now) end
end

-- Forgets what is over, some hundred at a time: goes on where it ended the last time.
local function forgetMoves(now)
  if redis.call('EXISTS', moves) == 0 then return end
  local cursor = redis.call('HGET', state, 'movesCursor')
  local nextCursor, found = unpack(redis.call('HSCAN', moves, cursor or '0', 'COUNT', 200))
  writeThoughFull()
  for i = 1, #found, 2 do
    local field, isOver = found[i], tonumber(string.match(found[i + 1], '^%d+')) <= now
    if isOver and string.sub(field, 1, 1) == ' ' then
      redis.call('HDEL', moves, field)
    elseif isOver then
      beginAnew(field, now)
    end
  end
  if nextCursor ~= '0' then
    redis.call('HSET', state, 'movesCursor', nextCursor)
  elseif cursor then
    redis.call('HDEL', state, 'movesCursor')
  end
end
