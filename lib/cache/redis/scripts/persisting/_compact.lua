-- A list of what is due may hold a counter many times: each flush by its name, and each change between two intervals, leaves a
-- place that is no longer needed.
local MANY_PLACES = 10000

-- Keeps one place of each counter that has something pending, in a list that has many more places than counters are waiting.
local function compact(member, waiting)
  local id = listIdOf(member)
  if not id then return end
  local key = listKey(id)
  local length = redis.call('LLEN', key)
  if length < 2 * waiting + MANY_PLACES then return end
  local names, isKnown = {}, {}
  local places = redis.call('LRANGE', key, 0, -1)
  for _, name in ipairs(places) do
    if not isKnown[name] and redis.call('HEXISTS', pending, name) == 1 then names[#names + 1] = name end
    isKnown[name] = true
  end
  -- one place stays in any case: a list is never empty
  if not names[1] then names[1] = places[1] end
  appendToList(key, names)
  redis.call('LTRIM', key, length, -1)
end
