local parcels, index = {}, redis.call('HGETALL', parked)
for i = 1, #index, 2 do
  parcels[#parcels + 1] = { index[i], index[i + 1], redis.call('HLEN', parcelKey(index[i])) }
end
local count = redis.call('HLEN', overflowed)
if count > 0 then parcels[#parcels + 1] = { OVERFLOWED, '', count } end
local refusals = redis.call('HLEN', refused)
if refusals > 0 then
  parcels[#parcels + 1] = { REFUSED, '', refusals, redis.call('HGET', state, 'refusal') or '' }
end
return parcels
