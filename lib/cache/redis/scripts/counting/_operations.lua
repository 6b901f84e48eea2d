-- The operations of a call, as add.lua has them in ARGV.
local FIRST_OPERATION = 9

-- Calls a function with each: index, verb, name, value, interval, and what the letters behind the verb bring, nil where there is
-- none: digest, suffixes, lowest, highest, boundedBucket, within, isAskedFor
local function eachOperation(take)
  local arguments, position, index = ARGV, FIRST_OPERATION, 0
  while arguments[position] do
    local kind = arguments[position]
    local name, value, interval = arguments[position + 1], arguments[position + 2], arguments[position + 3]
    local verb, hasLetters = string.sub(kind, 1, 1), #kind > 1
    local digest, suffixes, lowest, highest, boundedBucket, within
    local isAskedFor = hasLetters and string.find(kind, 'i', 2, true)
    position = position + 4
    if hasLetters and string.find(kind, 'k', 2, true) then
      digest, position = arguments[position], position + 1
    end
    if hasLetters and string.find(kind, 'o', 2, true) then
      digest, within, position = packed(arguments[position]), arguments[position + 1], position + 2
    end
    if hasLetters and string.find(kind, 'w', 2, true) then
      suffixes, position = arguments[position], position + 1
    end
    if hasLetters and string.find(kind, 'b', 2, true) then
      lowest, highest, boundedBucket = arguments[position], arguments[position + 1], arguments[position + 2]
      position = position + 3
    end
    take(index, verb, name, value, interval, digest, suffixes, lowest, highest, boundedBucket, within, isAskedFor)
    index = index + 1
  end
end

-- the counter and its buckets
local function withBuckets(name, suffixes)
  local names = { name }
  if suffixes then
    for suffix in string.gmatch(suffixes, '[^\31]+') do names[#names + 1] = name .. '\31' .. suffix end
  end
  return names
end
