-- Keys that count once. What is stored of a key is what it counted, so that it can be taken back: nothing for a delta of 1
-- without buckets; else the delta, where it is not 1, and for each bucket \31 and its suffix. A space in front says that it was
-- taken back: then the key may count again, and only its place in the list of what expires is kept. A '>' in front says that it is
-- taken back from another counter, to which the counts went on when this one was renamed. That counter, a zero byte, by whom, and
-- a zero byte follow. It may be done or not: until that is noted, see known-key.lua, the key is known.
local TAKEN_BACK = ' '

-- the 10 bytes of a digest of 20 hexadecimal digits
local function packed(digest)
  return struct.pack('>I5I5', tonumber(string.sub(digest, 1, 10), 16), tonumber(string.sub(digest, 11), 16))
end

local function countedText(delta, suffixes)
  local text = delta == '1' and '' or delta
  return suffixes and text .. '\31' .. suffixes or text
end

-- delta, suffixes of the buckets or nil, and whether that was taken back
local function parseCounted(text)
  local mark, delta, suffixes = string.match(text, '^( ?)(%-?%d*)\31?(.*)$')
  return delta == '' and '1' or delta, suffixes ~= '' and suffixes or nil, mark == TAKEN_BACK
end

-- from where and by whom it is taken back, and what was stored before; nil where it is not
local function parseTaken(stored)
  local from, by, text = string.match(stored or '', '^>([^%z]*)%z([^%z]*)%z(.*)$')
  if from then return { from = from, by = by }, text end
end

-- whether this key counted, given what is stored of it
local function isCounted(stored)
  return stored and string.sub(stored, 1, 1) ~= TAKEN_BACK
end

-- Keeps field and time: the field stays in its list.
local function noteInstead(field, text)
  local stored = redis.call('HGET', idempotency, field)
  redis.call('HSET', idempotency, field, string.sub(stored, 1, 6) .. text)
end

-- the suffixes of the buckets that a key counted in, also where that was taken back; nil where there are none
local function countedSuffixes(name, digest, now)
  local _, stored = findKey(name, digest, now)
  if not stored or parseTaken(stored) then return nil end
  local _, suffixes = parseCounted(stored)
  return suffixes
end
