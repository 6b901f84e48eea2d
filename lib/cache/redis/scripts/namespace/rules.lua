-- What processes say of their window rules.
-- KEYS: those of partition 0, see _partition.lua
-- ARGV: own: what this process says · remembered: for how many milliseconds others are known
-- Answer: a list: what others said, milliseconds since one did, what others said …
local own, remembered = unpack(ARGV)

local now = currentTime()
local others, kept = {}, { integer(now) .. ' ' .. own }
for saidAt, said in string.gmatch(redis.call('HGET', state, 'rules') or '', '(%d+) ([^\n]*)') do
  local age = now - tonumber(saidAt)
  -- a time that lies ahead comes of a clock that was put back
  if said ~= own and age >= 0 and age < tonumber(remembered) then
    table.insert(kept, saidAt .. ' ' .. said)
    table.insert(others, said)
    table.insert(others, integer(age))
  end
end
writeThoughFull()
redis.call('HSET', state, 'rules', table.concat(kept, '\n'))
return others
