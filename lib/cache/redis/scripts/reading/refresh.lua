-- Drops cached values of counters and of their windows, as somebody changed the rows by hand.
-- KEYS: the partition's, see _partition.lua
-- ARGV: names: of the counters, as JSON; '' for all of the partition · cursor: '' at first, then as it was answered ·
--   count: how many cached values a page looks through for windows of these counters
-- Answer: the next cursor, '' after the last page, and of the first page those of these names that stay known, as they were
--   near the end of the 64-bit range: they are to be read, and a fill mends them
local namesText, cursor, count = unpack(ARGV)

if redis.call('HEXISTS', state, 'fence') == 0 then return { '', {} } end
writeThoughFull()

local names = namesText ~= '' and cjson.decode(namesText)
local isMeant = {}
for _, name in ipairs(names or {}) do isMeant[name] = true end
local function concerns(name)
  return not names or isMeant[string.match(name, '^[^\31]+')]
end

local near = {}
if cursor == '' then
  -- a fill whose values were read before comes too late
  redis.call('HINCRBY', state, 'refreshes', 1)
  local known = redis.call('HGETALL', large)
  for i = 1, #known, 2 do
    if concerns(known[i]) then near[#near + 1] = known[i] end
  end
  if not names then
    redis.call('UNLINK', bases, olderBases)
    return { '', near }
  end
  deleteFields(bases, names)
  deleteFields(olderBases, names)
  cursor = 'y0'
end

-- Windows: the younger hash before the older one, as values go from that one to this.
local place, at = string.match(cursor, '^(%a)(%d+)$')
local hash = place == 'y' and bases or olderBases
local found = redis.call('HSCAN', hash, at, 'MATCH', '*\31*', 'COUNT', count)
local dropped = {}
for i = 1, #found[2], 2 do
  if concerns(found[2][i]) then dropped[#dropped + 1] = found[2][i] end
end
deleteFields(hash, dropped)
if found[1] ~= '0' then return { place .. found[1], near } end
return { place == 'y' and 'o0' or '', near }
