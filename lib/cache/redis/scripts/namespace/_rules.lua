-- Notes the rules of windows of a process. Answers those of others, and how long ago each was noted, one after the other.
local function noteRules(own, remembered, now)
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
end
