-- Moves entries of a parcel to what is pending, due now.
-- KEYS: the partition's, see _partition.lua
-- ARGV: parcel: its id · then the entries, see _seen.lua
-- Answer: 'unseeded' · 'replayed', how many, what stays as a list of field and reason, what has changed as discard answers
--   it, wake or ''
local parcel = ARGV[1]

if redis.call('HEXISTS', state, 'fence') == 0 then return { 'unseeded' } end
local hasLarge, batchIsLarge = whatIsLarge()
local key, now = parcelKey(parcel), currentTime()
local replayed, staying = 0, {}
local changed = ofSeen(key, function(field, delta)
  local name = string.match(field, '^[^%z]+')
  local reason = addPending(hasLarge, batchIsLarge, name, delta, isPending(name))
  if reason then
    staying[#staying + 1] = { field, reason }
  else
    redis.call('ZADD', due, 'LT', integer(now), name)
    redis.call('SREM', deleted, name)
    redis.call('HDEL', key, field)
    replayed = replayed + 1
  end
end)
forgetIfEmpty(parcel)
return { 'replayed', replayed, staying, changed, replayed > 0 and askForFirstWake(now) or '' }
