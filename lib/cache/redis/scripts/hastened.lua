-- ARGV: mark, names (none: all)
local waiting = 0
if ARGV[2] then
  local mark = tonumber(ARGV[1])
  for i = 2, #ARGV do
    local score = redis.call('ZSCORE', due, ARGV[i])
    if score and tonumber(score) <= mark then
      waiting = 1
      break
    end
  end
else
  waiting = redis.call('ZCOUNT', due, '-inf', ARGV[1]) > 0 and 1 or 0
end
return { waiting, redis.call('HGET', batch, ' seq') or '' }
