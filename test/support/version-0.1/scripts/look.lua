-- ARGV: names
local known = redis.call('HMGET', state, 'fence', 'generation', 'queues', 'protocol')
if not known[1] then return { '' } end
if known[4] ~= PROTOCOL then return { 'protocol', known[4] } end

local seq = redis.call('HGET', batch, ' seq')

local function valuesOf(hash)
  return ARGV[1] and redis.call('EXISTS', hash) == 1 and redis.call('HMGET', hash, unpack(ARGV))
end

-- in the order of the names, '' for what is not there; one text costs less than many
local function joined(values)
  if not values then return '' end
  local found = false
  for i = 1, #values do
    if values[i] then found = true else values[i] = '' end
  end
  return found and table.concat(values, ' ') or ''
end

local cached, older = valuesOf(bases), valuesOf(olderBases)
if cached and older then
  for i = 1, #older do cached[i] = cached[i] or older[i] end
end
return {
  known[1],
  known[2],
  seq or '',
  known[3],
  joined(valuesOf(pending)),
  joined(seq and valuesOf(batch)),
  joined(cached or older),
}
