-- ARGV: mark or '', limit, names (none: all)
local mark = ARGV[1] ~= '' and ARGV[1] or integer(now())
local names, limit = {}, tonumber(ARGV[2])
writeThoughFull()
if ARGV[3] then
  for i = 3, #ARGV do names[#names + 1] = ARGV[i] end
else
  -- whatever the clock was before
  if redis.call('HEXISTS', state, 'sweptAt') == 1 then redis.call('HSET', state, 'sweptAt', mark) end
  names = redis.call('ZRANGEBYSCORE', due, '(' .. mark, '+inf', 'LIMIT', 0, limit)
end
for _, name in ipairs(names) do redis.call('ZADD', due, 'XX', 'LT', mark, name) end
local first = dueTimeAt(0)
local woken = first and first <= tonumber(mark) and wakeForFirst(now()) or ''
return { mark, (not ARGV[3] and #names == limit) and 1 or 0, woken }
