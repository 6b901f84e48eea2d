-- The parcels.
-- KEYS: the partition's, see _partition.lua
-- ARGV: none
-- Answer: for each: its id, when it was put aside or '', the number of its entries, and for what the database refused also
--   what it said last
local answer, index = {}, redis.call('HGETALL', parked)
for i = 1, #index, 2 do
  local id, parkedAt = index[i], index[i + 1]
  answer[#answer + 1] = { id, parkedAt, redis.call('HLEN', parcelKey(id)) }
end
local overflowedCount = redis.call('HLEN', overflowed)
if overflowedCount > 0 then answer[#answer + 1] = { OVERFLOWED, '', overflowedCount } end
local refusedCount = redis.call('HLEN', refused)
if refusedCount > 0 then
  answer[#answer + 1] = { REFUSED, '', refusedCount, redis.call('HGET', state, 'refusal') or '' }
end
return answer
