-- The usual case of add-run.lua, which this file is the first part of: few counters of one interval, each waits already and is
-- due in time. It stands in front of all functions, and uses none: to make them costs as much as all of this.
-- KEYS: as in add-run.lua
-- ARGV: as in add-run.lua
-- Answer: as in add-run.lua
local tickText = ARGV[1]
local tick, time = tonumber(tickText), redis.call('TIME')
local now, partitions, position = time[1] * 1000 + math.floor(time[2] / 1000), math.floor(#KEYS / 3), 2
-- how many partitions are done, and what was read of the next one: of `state`, and of `pending`
local done, readState, readPending = 0, false, false

while done < partitions do
  local stateKey, pendingKey = KEYS[3 * done + 1], KEYS[3 * done + 2]
  local client, generationAndSettings, seq, acknowledgedSeq, uncertain, groups, interval, numberText =
    unpack(ARGV, position, position + 7)
  local number = tonumber(numberText)
  readState = redis.call('HMGET', stateKey, 'plain', 'latestDue', 'wakeAt', 'round:' .. interval)
  local plain, latestDue = readState[1], readState[2]
  if groups ~= '1' or number == 0 or uncertain ~= '0' then break end
  -- as plainMark() in _plain.lua
  if not latestDue or plain ~= '2 ' .. generationAndSettings then break end

  -- as latestTime() in _latest-time.lua
  local grain = math.min(tick, interval)
  local latest = grain == 0 and now or math.ceil((now + interval) / grain) * grain
  local noteField = ' ' .. client
  readPending = redis.call('HMGET', pendingKey, noteField, unpack(ARGV, position + 8, position + 7 + number))
  local lastSeq = readPending[1] and tonumber(string.match(readPending[1], '^%d+'))
  if not lastSeq or tonumber(seq) <= lastSeq or lastSeq < tonumber(acknowledgedSeq) then break end
  if tonumber(latestDue) > latest then break end

  -- as noteOf() in _calls.lua
  local fewFields = { noteField, seq .. ' ' .. string.format('%.0f', now) .. ' 00' }
  for i = 1, number do
    local before = readPending[i + 1]
    if not before or #before > 15 then
      fewFields = nil
      break
    end
    fewFields[2 * i + 1], fewFields[2 * i + 2] =
      ARGV[position + 7 + i], before + ARGV[position + 7 + number + i]
  end
  if not fewFields then break end
  redis.call('HSET', pendingKey, unpack(fewFields))
  done, readState, readPending, position = done + 1, false, false, position + 8 + 2 * number
end

if done == partitions then return 1 end
