-- ARGV: process, what it says of itself or '' when it ends, for how many milliseconds others are remembered. Of partition 0.
writeThoughFull()
if ARGV[2] == '' then
  redis.call('HDEL', workers, ARGV[1])
  return 0
end
local at = now()
local seen = redis.call('HGETALL', workers)
for i = 1, #seen, 2 do
  local seenAt = tonumber(string.match(seen[i + 1], '^%d+'))
  -- one that lies ahead is of a clock that was put back
  if not seenAt or seenAt > at or seenAt + tonumber(ARGV[3]) < at then redis.call('HDEL', workers, seen[i]) end
end
redis.call('HSET', workers, ARGV[1], integer(at) .. ' ' .. ARGV[2])
return 0
