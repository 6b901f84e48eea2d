-- A wake is a job that a partition asks for. It asks for one at a time.

-- Asks for a job at a time, unless one is asked for that does not come later. Answers '', or the id of the job, in how
-- many milliseconds it is to run, and the id of the job that it takes the place of or ''.
local function askForWake(now, time)
  local wakeAt, wakeId = unpack(redis.call('HMGET', state, 'wakeAt', 'wakeId'))
  if wakeAt and tonumber(wakeAt) <= time then return '' end
  local id = integer(redis.call('HINCRBY', state, 'wakes', 1)) .. '-' .. integer(now)
  redis.call('HSET', state, 'wakeAt', integer(time), 'wakeId', id)
  return { id, integer(math.max(0, time - now)), wakeId or '' }
end
