-- Applies plain increments of different counters, once. Most calls bring nothing else, and many bring a single one: so this
-- script does the least that can be done. What it cannot do, it leaves to add.lua, and answers before it has changed anything.
-- KEYS: the first three of the partition's, see _partition.lua: state, pending, due
-- ARGV:
--   client, seq: who calls, and the number of this call
--   generationAndSettings: the ones that the client knows, with a space between them
--   tick, acknowledgedSeq, uncertain: as in add.lua
--   then for each interval among the increments, four:
--     interval · 'one', a name, a value; or 'many', names as JSON, values as JSON. Values have up to 15 digits
-- Answer:
--   1: applied
--   'applied', wake or '', outcomes, lost, uncertain: as in add.lua
--   0: nothing was changed; add.lua is to be called
local client, seqText, generationAndSettings, tickText, acknowledgedSeq, uncertain, firstInterval = unpack(ARGV, 1, 7)
local FIRST_GROUP, MOST_DIGITS = 7, 15

local partitionPlain, latestDueText, wakeAt, firstRound =
  unpack(redis.call('HMGET', state, 'plain', 'latestDue', 'wakeAt', 'round:' .. firstInterval))
if partitionPlain ~= plainMark(generationAndSettings) then return 0 end

local now, tick, noteField = currentTime(), tonumber(tickText), fieldOf(client)
-- of the client: read together with what the first counters have pending
local lastSeq
local latestDue = latestDueText and tonumber(latestDueText)
-- what is written in the end, fields and values
local noteAndDeltas = { noteField, false }
-- for each interval: counters that were not pending, and those that were and may be due too late
local unscheduled

for position = FIRST_GROUP, #ARGV, 4 do
  local interval, form, names, values = unpack(ARGV, position, position + 3)
  if form == 'one' then
    names, values = { names }, { values }
  else
    names, values = cjson.decode(names), cjson.decode(values)
  end
  local number = #names
  if not lastSeq then names[number + 1] = noteField end
  local before = valuesOf(pending, names)
  if not lastSeq then
    lastSeq = seqOf(before[number + 1])
    -- the client is not known, or the call was made before
    if lastSeq == 0 or tonumber(seqText) <= lastSeq then return 0 end
  end
  local isInTime = isDueInTime(latestDue, now, tick, interval)
  local length, new, late = #noteAndDeltas, nil, nil
  for i = 1, number do
    local name, pendingBefore, value = names[i], before[i], values[i]
    if not pendingBefore then
      new = new or {}
      new[#new + 1] = name
    else
      -- a longer number is not exact in Lua
      if #pendingBefore > MOST_DIGITS then return 0 end
      -- without integer(): Redis writes up to 17 digits of a number, and this sum has at most 16
      value = pendingBefore + value
      if not isInTime then
        late = late or {}
        late[#late + 1] = name
      end
    end
    noteAndDeltas[length + 1], noteAndDeltas[length + 2] = name, value
    length = length + 2
  end
  if new or late then
    unscheduled = unscheduled or {}
    unscheduled[#unscheduled + 1] = { interval = interval, new = new, late = late }
  end
end

-- The last write adds and notes the call, in one command. Should the script fail before it, counters are scheduled that have
-- nothing pending, which does no harm.
local function commit(wake)
  local lost = lastSeq < tonumber(acknowledgedSeq) and 1 or 0
  noteAndDeltas[2] = noteOf(seqText, now, lost .. uncertain)
  setFields(pending, noteAndDeltas)
  if wake == '' and lost == 0 and uncertain == '0' then return 1 end
  return { 'applied', wake, {}, lost, tonumber(uncertain) }
end

-- The script goes on in add-run-scheduling.lua, which scripts.ts appends. The functions there are made only then: that saves
-- a tenth of a small call.
if not unscheduled then return commit('') end
