-- ARGV: parcel, its fields
if redis.call('HEXISTS', state, 'fence') == 0 then return { 'unseeded' } end
openPending()
local parcel, at, replayed, refused = parcelKey(ARGV[1]), integer(now()), 0, {}
for i = 2, #ARGV do
  local delta = redis.call('HGET', parcel, ARGV[i])
  if delta then
    local name = string.match(ARGV[i], '^[^%z]+')
    local reason = addPending(name, delta)
    if reason then
      refused[#refused + 1] = { ARGV[i], reason }
    else
      redis.call('ZADD', due, 'LT', at, name)
      redis.call('SREM', deleted, name)
      redis.call('HDEL', parcel, ARGV[i])
      replayed = replayed + 1
    end
  end
end
forgetEmpty(ARGV[1])
return { 'replayed', replayed, refused, replayed > 0 and wakeForFirst(tonumber(at)) or '' }
