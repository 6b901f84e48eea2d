-- Deletes fields, however many.

-- Answers how many there were.
local function deleteFields(hash, fields)
  local deletedCount = 0
  for first = 1, #fields, MOST_UNPACKED do
    local last = math.min(first + MOST_UNPACKED - 1, #fields)
    deletedCount = deletedCount + redis.call('HDEL', hash, unpack(fields, first, last))
  end
  return deletedCount
end
