-- Looks at counters, all at one moment.
-- KEYS: the partition's, see _partition.lua
-- ARGV: names: of the counters, as JSON: one text costs both ends less than many arguments
-- Answer: '' if the partition is not seeded · 'protocol', that of the partition ·
--   fence, generation, seq of the open batch or '', settings, and three texts: what is pending, what the open batch has, what
--   is cached. Each has a value for each name, or nothing, with spaces between them; it is '' if it has no value at all.
--   At last how often values were dropped by refresh.lua, or ''
local namesText = ARGV[1]

local fence, generation, settings, protocol, refreshes =
  unpack(redis.call('HMGET', state, 'fence', 'generation', 'settings', 'protocol', 'refreshes'))
if not fence then return { '' } end
if protocol ~= PROTOCOL then return { 'protocol', protocol } end

local batchSeq = redis.call('HGET', batch, ' seq')
local names = cjson.decode(namesText)

-- nil if there is no such hash
local function lookUp(hash)
  if #names == 0 or redis.call('EXISTS', hash) == 0 then return nil end
  return valuesOf(hash, names)
end

-- as one text, which costs less than many
local function joined(values)
  if not values then return '' end
  -- the usual case; fails where a value is missing
  local isComplete, text = pcall(table.concat, values, ' ')
  if isComplete then return text end
  local isEmpty = true
  for i = 1, #values do
    if values[i] then isEmpty = false else values[i] = '' end
  end
  return isEmpty and '' or table.concat(values, ' ')
end

local function cachedValues()
  local younger, older = lookUp(bases), lookUp(olderBases)
  if not younger or not older then return younger or older end
  for i = 1, #older do younger[i] = younger[i] or older[i] end
  return younger
end

local cached = joined(cachedValues())
local waiting = joined(lookUp(pending))
local claimed = batchSeq and joined(lookUp(batch)) or ''
return { fence, generation, batchSeq or '', settings, waiting, claimed, cached, refreshes or '' }
