-- The field of a parcel for the delta of a set or a delete, which is no increment: with it, a row that holds `row` comes to the
-- value that was set.
-- mark: what tells the delta from others of the counter, '' for nothing
local function fieldOfReplaced(name, mark, isDelete, row)
  return name .. '\0' .. mark .. (isDelete and ' delete:' or ' set:') .. row
end

-- The delta of a counter in the open batch and, where it is that of a set or a delete, its field in a parcel.
local function deltaOfBatch(name, mark)
  local delta, row, isDelete = unpack(redis.call('HMGET', batch, name, ' expected:' .. name, ' delete:' .. name))
  return delta, row and fieldOfReplaced(name, mark, isDelete, row)
end
