-- What is due, by time. Counters that come for the same time are in one list, and the list is a member of `due`. That takes
-- half the memory that a member for each counter would take, and does not get slower with their number. Only a counter that
-- is to be due earlier than it was is a member by itself.
-- So a counter may be due twice, or have nothing pending when its time comes: then there is nothing to do for it.
-- due: ' <id of a list>' or counter -> time
-- due:<id of a list>: counters. The id is the time; a list that was flushed has the time of the flush behind it, with a colon

local function listKey(id)
  return due .. ':' .. id
end

-- the id of a list, nil for a counter
local function listIdOf(member)
  return string.sub(member, 1, 1) == ' ' and string.sub(member, 2) or nil
end

-- Appends counters to a list. Answers its length.
local function appendToList(key, names)
  local length
  for first = 1, #names, MOST_UNPACKED do
    local last = math.min(first + MOST_UNPACKED - 1, #names)
    length = redis.call('RPUSH', key, unpack(names, first, last))
  end
  return length
end

-- Removes the lists among these members of `due`.
local function unlinkLists(members)
  for _, member in ipairs(members) do
    local id = listIdOf(member)
    if id then redis.call('UNLINK', listKey(id)) end
  end
end
