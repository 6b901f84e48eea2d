-- Looks at counters, all at one moment.
-- KEYS: the partition's, see _partition.lua
-- ARGV: the names of the counters
-- Answer: '' where the partition is not seeded · 'protocol', its own ·
--   fence, generation, seq of the open batch or '', settings, then what is pending, in the batch and in the cache, each as one
--   text: a value for each name, '' where there is none, with spaces between them; '' where there is none at all
local fence, generation, settings, protocol = fieldsOf(state, 'fence', 'generation', 'settings', 'protocol')
if not fence then return { '' } end
if protocol ~= PROTOCOL then return { 'protocol', protocol } end

local batchSeq = redis.call('HGET', batch, ' seq')

-- nil where the hash has nothing
local function lookUp(hash)
  if #ARGV == 0 or redis.call('EXISTS', hash) == 0 then return nil end
  return valuesOf(hash, ARGV)
end

-- one text costs less than many
local function joined(values)
  if not values then return '' end
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
return { fence, generation, batchSeq or '', settings, waiting, batchSeq and joined(lookUp(batch)) or '', cached }
