-- ARGV: names
local known = redis.call('HMGET', state, 'fence', 'generation', 'queues', 'protocol')
if not known[1] then return { '' } end
if known[4] ~= PROTOCOL then return { 'protocol', known[4] } end

local seq = redis.call('HGET', batch, ' seq')

local function valuesOf(hash, exists)
  return exists and ARGV[1] and redis.call('HMGET', hash, unpack(ARGV))
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

local cached = valuesOf(bases, redis.call('EXISTS', bases) == 1)
local older = valuesOf(olderBases, redis.call('EXISTS', olderBases) == 1)
if cached and older then
  for i = 1, #older do cached[i] = cached[i] or older[i] end
end
return {
  known[1],
  known[2],
  seq or '',
  known[3],
  joined(valuesOf(pending, redis.call('EXISTS', pending) == 1)),
  joined(valuesOf(batch, seq)),
  joined(cached or older),
}
