-- ARGV: names
local known = redis.call('HMGET', state, 'fence', 'generation', 'queues', 'protocol')
if not known[1] then return { '' } end
if known[4] ~= PROTOCOL then return { 'protocol', known[4] } end

local function valuesOf(hash)
  if not ARGV[1] or redis.call('EXISTS', hash) == 0 then return nil end
  return redis.call('HMGET', hash, unpack(ARGV))
end

-- in the order of the names, '' for what is not there; one text costs less than many
local function joined(values)
  if not values then return '' end
  for i = 1, #values do values[i] = values[i] or '' end
  return table.concat(values, ' ')
end

local cached, older = valuesOf(bases), valuesOf(olderBases)
if cached and older then
  for i = 1, #older do cached[i] = cached[i] or older[i] end
end
return {
  known[1],
  known[2],
  redis.call('HGET', batch, ' seq') or '',
  known[3],
  joined(valuesOf(pending)),
  joined(valuesOf(batch)),
  joined(cached or older),
}
