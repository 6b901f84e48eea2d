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
