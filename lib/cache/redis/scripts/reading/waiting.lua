-- Counters that wait to be persisted, a page at a time: those that are pending, then those of the open batch. What is there while all
-- pages are read is on one of them, also where it comes into the batch meanwhile.
-- KEYS: the partition's, see _partition.lua
-- ARGV: cursor: '' for the first page · count: about how many entries it looks at · pattern: of names
-- Answer: the next cursor, '' after the last page · counters, one a line · their deltas, with a space between each two ·
--   fence, generation and seq of the open batch, each '' if there is none
local cursor, count, pattern = unpack(ARGV)

local fence, generation = unpack(redis.call('HMGET', state, 'fence', 'generation'))
local batchSeq = redis.call('HGET', batch, ' seq')
local place, at = string.match(cursor, '^(%a)(%d+)$')
local hash = place == 'b' and batch or pending
local found = redis.call('HSCAN', hash, at or '0', 'MATCH', pattern, 'COUNT', count)
local following = ''
if found[1] ~= '0' then
  following = (place or 'p') .. found[1]
elseif place ~= 'b' and batchSeq then
  following = 'b0'
end

-- two texts are made and read in less time than a list
local SPACE = 32
local names, deltas = {}, {}
local fields = found[2]
for i = 1, #fields, 2 do
  -- notes of the last calls, and fields of the batch, are no counters
  if string.byte(fields[i]) ~= SPACE then
    names[#names + 1] = fields[i]
    deltas[#deltas + 1] = fields[i + 1]
  end
end
return {
  following, table.concat(names, '\n'), table.concat(deltas, ' '),
  fence or '', generation or '', batchSeq or '',
}
