-- Looks up a key under several counters. Where what was counted under it is to be taken back from another counter, to which the counts
-- went on, that is noted, so that it is taken back once; and it is noted when that is done.
-- KEYS: the partition's, see _partition.lua
-- ARGV: isOnce: 1 where the key counts once, else 0 · from: the counter from which it is taken back, or '' · by: who does that ·
--   isDone: 1 where it is done, else 0 · then a counter, or a former name of one, see _moves.lua; the digest of the key for it; the
--   next counter …
-- Answer: the first counter whose key is known and was not taken back; what was counted under it; and of a key that counts once, else
--   '' each: the suffixes of the buckets, in how many milliseconds the key expires, and from where and by whom it is taken back, as
--   was noted first. Where it is done, the first counter of which that was not noted yet. '' each where there is none
local isOnceText, from, by, isDoneText = unpack(ARGV, 1, 4)
local FIRST_NAME = 5
local isOnce, isDone, now = isOnceText == '1', isDoneText == '1', currentTime()

local function answer(name, field, text, noted)
  local delta, suffixes = parseCounted(text)
  local expires = struct.unpack('>I6', redis.call('HGET', idempotency, field))
  return { name, delta, suffixes or '', integer(expires - now), noted.from, noted.by }
end

-- Of a former name: under the number that it had, so that it is no key of a later counter of that name, nor forgotten with it.
local function findAsOf(name, digest)
  local number, last = string.match(name, '\31(%d+) (%d+)$')
  if not number then return findKey(name, digest, now) end
  if tonumber(last) <= now then return nil end
  return findKeyOf(number, digest, now)
end

for i = FIRST_NAME, #ARGV, 2 do
  local name, digest = ARGV[i], ARGV[i + 1]
  local field, stored = findAsOf(name, isOnce and packed(digest) or digest)
  if stored and not isOnce then return { name, stored, '', '', '', '' } end
  local noted, text = parseTaken(stored)
  if isDone and noted and noted.by == by then
    noteInstead(field, TAKEN_BACK .. text)
    return answer(name, field, text, noted)
  elseif not isDone and noted then
    return answer(name, field, text, noted)
  elseif not isDone and isCounted(stored) then
    if from ~= '' then noteInstead(field, '>' .. from .. '\0' .. by .. '\0' .. stored) end
    return answer(name, field, stored, { from = from, by = by })
  end
end
return { '', '', '', '', '', '' }
