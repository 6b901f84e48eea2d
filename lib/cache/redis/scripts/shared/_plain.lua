-- A partition is plain while no persisted value and no delta of the open batch is near the end of the 64-bit range, and no
-- row is to be removed. Then plain increments need no look at anything but what is pending.
-- state, field plain -> protocol, generation and settings: what a client must know to count here. There is no such field
-- while the partition may not be plain: so whatever ends that removes it. `add.lua` looks each time, and writes it again.
local function endPlain()
  redis.call('HDEL', state, 'plain')
end

local function plainMark(generationAndSettings)
  return PROTOCOL .. ' ' .. generationAndSettings
end
