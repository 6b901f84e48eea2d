-- Looks up a key under several counters.
-- KEYS: the partition's, see _partition.lua
-- ARGV: isOnce: 1 where the key counts once, else 0 · then a counter, the digest of the key for it, the next counter …
-- Answer: the first counter whose key is known and was not taken back, and what was counted under it; or '', ''
local isOnceText = unpack(ARGV, 1, 1)
local FIRST_NAME = 2
local isOnce, now = isOnceText == '1', currentTime()
for i = FIRST_NAME, #ARGV, 2 do
  local name, digest = ARGV[i], ARGV[i + 1]
  local _, stored = findKey(name, isOnce and packed(digest) or digest, now)
  if stored and not isOnce then return { name, stored } end
  if stored and isCounted(stored) then
    local delta = parseCounted(stored)
    return { name, delta }
  end
end
return { '', '' }
