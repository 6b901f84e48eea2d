-- Whether anything that was hastened under this mark still waits for a batch.
-- KEYS: the partition's, see _partition.lua
-- ARGV: mark: see hasten.lua · then the names of the counters; none: all
-- Answer: 1 if something waits or 0, seq of the open batch or ''
local mark = ARGV[1]
local FIRST_NAME = 2

local function isWaiting()
  if not ARGV[FIRST_NAME] then return redis.call('ZCOUNT', due, '-inf', mark) > 0 end
  for i = FIRST_NAME, #ARGV do
    local time = redis.call('ZSCORE', due, ARGV[i])
    if time and tonumber(time) <= tonumber(mark) then return true end
  end
  return false
end

return { isWaiting() and 1 or 0, redis.call('HGET', batch, ' seq') or '' }
