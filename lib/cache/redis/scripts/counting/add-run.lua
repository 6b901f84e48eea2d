-- Applies plain increments of different counters, once; of several partitions where one server has them all. Most calls bring
-- nothing else, and many bring a single increment: so this script does the least that can be done, and the usual case, in
-- add-run-usual.lua, comes first: what it has done, and what it has read, are locals there. What this script cannot do, it
-- leaves to add.lua, and answers before it has changed anything of the partition.
-- KEYS: for each partition three, the first of those in _partition.lua: state, pending, due
-- ARGV:
--   tick: as in add.lua
--   then for each partition:
--     client: who calls
--     generationAndSettings: the ones that the client knows, with a space between them
--     seq: the number of this call of the client to this partition
--     acknowledgedSeq, uncertain: as in add.lua
--     groups: the number of intervals among the increments; then for each interval:
--       interval, number: of increments; then so many names, and so many values, where they are few. Where they are many the
--       number is 0, and names as JSON and values as JSON follow. Values have up to 15 digits
-- Answer: of one partition what follows; of several a list of that, or 1 if all are 1:
--   1: applied
--   'applied', wake or '', outcomes, lost, uncertain: as in add.lua
--   0: nothing was changed; add.lua is to be called
local MOST_DIGITS = 15
local answers, areAllOne = {}, true
for partition = 1, done do answers[partition] = 1 end
-- partitions with counters that are not scheduled yet
local unscheduled

-- The last write adds and notes the call, in one command. Should the script fail before it, counters are scheduled that have
-- nothing pending, which does no harm.
local function commit(noteAndDeltas, seq, lastSeq, acknowledgedSeq, uncertain, wake)
  local lost = lastSeq < tonumber(acknowledgedSeq) and 1 or 0
  noteAndDeltas[2] = noteOf(seq, now, lost .. uncertain)
  setFields(pending, noteAndDeltas)
  if wake == '' and lost == 0 and uncertain == '0' then return 1 end
  return { 'applied', wake, {}, lost, tonumber(uncertain) }
end

-- The names and values of a group, and where the next group begins.
local function groupAt(first)
  local number = tonumber(ARGV[first + 1])
  first = first + 2
  if number == 0 then return cjson.decode(ARGV[first]), cjson.decode(ARGV[first + 1]), first + 2 end
  local last = first + number - 1
  return { unpack(ARGV, first, last) }, { unpack(ARGV, last + 1, last + number) }, last + number + 1
end

-- Applies what a partition is to add; leaves what is to be scheduled first in `unscheduled`.
local function addTo(partition)
  local client, generationAndSettings, seq, acknowledgedSeq, uncertain, groups, firstInterval =
    unpack(ARGV, position, position + 6)
  position = position + 6
  local known = readState or redis.call('HMGET', state, 'plain', 'latestDue', 'wakeAt', 'round:' .. firstInterval)
  local plain, latestDueText, wakeAt, firstRound = known[1], known[2], known[3], known[4]
  local isTaken = plain == plainMark(generationAndSettings)
  local latestDue = latestDueText and tonumber(latestDueText)
  -- of the client: read together with what the first counters have pending
  local lastSeq
  -- what is written in the end, fields and values
  local noteField = fieldOf(client)
  local noteAndDeltas, length = { noteField, false }, 2
  -- for each interval: counters that were not pending, and those that were and may be due too late
  local toSchedule

  for _ = 1, groups do
    local interval = ARGV[position]
    local names, values, following = groupAt(position)
    position = following
    if isTaken then
      local before = readPending
      -- the note of the client is read with the first counters
      local noted = lastSeq and 0 or 1
      if not before then
        if not lastSeq then table.insert(names, 1, noteField) end
        before = valuesOf(pending, names)
        if not lastSeq then table.remove(names, 1) end
      end
      readPending = false
      if not lastSeq then
        lastSeq = seqOf(before[1])
        -- the client is not known, or the call was made before
        isTaken = lastSeq > 0 and tonumber(seq) > lastSeq
      end
      local isInTime = isDueInTime(latestDue, now, tick, interval)
      local new, late
      for i = 1, #names do
        local name, pendingBefore, value = names[i], before[i + noted], values[i]
        if not pendingBefore then
          new = new or {}
          new[#new + 1] = name
        else
          -- a longer number is not exact in Lua
          if #pendingBefore > MOST_DIGITS then isTaken = false end
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
  end
  if not isTaken then return 0 end
  if not toSchedule then return commit(noteAndDeltas, seq, lastSeq, acknowledgedSeq, uncertain, '') end
  unscheduled = unscheduled or {}
  unscheduled[#unscheduled + 1] = {
    partition = partition, state = state, pending = pending, due = due,
    groups = toSchedule, latestDue = latestDue, wakeAt = wakeAt, firstInterval = firstInterval, firstRound = firstRound,
    noteAndDeltas = noteAndDeltas, seq = seq, lastSeq = lastSeq, acknowledgedSeq = acknowledgedSeq, uncertain = uncertain,
  }
  return 0
end

local function answer()
  return (areAllOne or #answers == 1) and answers[1] or answers
end

for partition = done + 1, partitions do
  state, pending, due = KEYS[3 * partition - 2], KEYS[3 * partition - 1], KEYS[3 * partition]
  local applied = addTo(partition)
  readState, readPending = false, false
  answers[partition] = applied
  areAllOne = areAllOne and applied == 1
end

-- The script goes on in add-run-scheduling.lua, which scripts.ts appends. The functions there are made only then: that saves
-- a tenth of a small call.
if not unscheduled then return answer() end
