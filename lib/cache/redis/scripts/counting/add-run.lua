-- Applies plain increments of different counters, once; of several partitions where one server has them all. Most calls bring
-- nothing else, and many bring a single increment: so this script does the least that can be done. What it cannot do, it
-- leaves to add.lua, and answers before it has changed anything of the partition.
-- KEYS: for each partition three, the first of those in _partition.lua: state, pending, due
-- ARGV:
--   tick: as in add.lua
--   then for each partition:
--     client: who calls
--     generationAndSettings: the ones that the client knows, with a space between them
--     seq: the number of this call of the client to this partition
--     acknowledgedSeq, uncertain: as in add.lua
--     groups: the number of intervals among the increments; then for each interval four:
--       interval · 'one', a name, a value; or 'many', names as JSON, values as JSON. Values have up to 15 digits
-- Answer: of one partition what follows; of several a list of that, or 1 if all are 1:
--   1: applied
--   'applied', wake or '', outcomes, lost, uncertain: as in add.lua
--   0: nothing was changed; add.lua is to be called
local MOST_DIGITS, OF_A_PARTITION, OF_A_GROUP, KEYS_OF_A_PARTITION = 15, 6, 4, 3
local tickText = ARGV[1]
local now, tick = currentTime(), tonumber(tickText)
local answers, areAllOne = {}, true
-- partitions with counters that are not scheduled yet
local unscheduled

-- The last write adds and notes the call, in one command. Should the script fail before it, counters are scheduled that have
-- nothing pending, which does no harm.
local function commit(call, wake)
  local lost = call.lastSeq < tonumber(call.acknowledgedSeq) and 1 or 0
  local uncertain, noteAndDeltas = call.uncertain, call.noteAndDeltas
  noteAndDeltas[2] = noteOf(call.seq, now, lost .. uncertain)
  setFields(pending, noteAndDeltas)
  if wake == '' and lost == 0 and uncertain == '0' then return 1 end
  return { 'applied', wake, {}, lost, tonumber(uncertain) }
end

-- Answers 0 where add.lua is to be called; else what the call is to write, and what it is to schedule.
local function look(position, groups)
  local client, generationAndSettings, seq, acknowledgedSeq, uncertain, _, firstInterval =
    unpack(ARGV, position, position + OF_A_PARTITION)
  local plain, latestDueText, wakeAt, firstRound =
    unpack(redis.call('HMGET', state, 'plain', 'latestDue', 'wakeAt', 'round:' .. firstInterval))
  if plain ~= plainMark(generationAndSettings) then return 0 end
  local latestDue = latestDueText and tonumber(latestDueText)
  -- of the client: read together with what the first counters have pending
  local lastSeq
  -- what is written in the end, fields and values
  local noteField = fieldOf(client)
  local noteAndDeltas = { noteField, false }
  -- for each interval: counters that were not pending, and those that were and may be due too late
  local toSchedule

  for group = position + OF_A_PARTITION, position + OF_A_PARTITION + OF_A_GROUP * (groups - 1), OF_A_GROUP do
    local interval, form, names, values = unpack(ARGV, group, group + OF_A_GROUP - 1)
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
      if lastSeq == 0 or tonumber(seq) <= lastSeq then return 0 end
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
      toSchedule = toSchedule or {}
      toSchedule[#toSchedule + 1] = { interval = interval, new = new, late = late }
    end
  end
  return {
    lastSeq = lastSeq, acknowledgedSeq = acknowledgedSeq, seq = seq, uncertain = uncertain, noteAndDeltas = noteAndDeltas,
    toSchedule = toSchedule, latestDue = latestDue, wakeAt = wakeAt, firstInterval = firstInterval, firstRound = firstRound,
  }
end

local function answer()
  return (areAllOne or #answers == 1) and answers[1] or answers
end

local position = 2
for partition = 1, #KEYS / KEYS_OF_A_PARTITION do
  local key, groups = KEYS_OF_A_PARTITION * (partition - 1), tonumber(ARGV[position + OF_A_PARTITION - 1])
  state, pending, due = KEYS[key + 1], KEYS[key + 2], KEYS[key + 3]
  local call, applied = look(position, groups), 0
  if call ~= 0 then
    if call.toSchedule then
      unscheduled = unscheduled or {}
      call.partition, call.state, call.pending, call.due = partition, state, pending, due
      unscheduled[#unscheduled + 1] = call
    else
      applied = commit(call, '')
    end
  end
  answers[partition] = applied
  areAllOne = areAllOne and applied == 1
  position = position + OF_A_PARTITION + OF_A_GROUP * groups
end

-- The script goes on in add-run-scheduling.lua, which scripts.ts appends. The functions there are made only then: that saves
-- a tenth of a small call.
if not unscheduled then return answer() end
