-- The field of a parcel for the delta of a set or a delete, which is no increment: with it, a row that holds `row` comes to the
-- value that was set.
-- mark: what tells the delta from others of the counter, '' for nothing
local function fieldOfReplaced(name, mark, isDelete, row)
  return name .. '\0' .. mark .. (isDelete and ' delete:' or ' set:') .. row
end
