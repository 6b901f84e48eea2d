-- What processes say of their window rules.
-- KEYS: those of partition 0, see _partition.lua
-- ARGV: own: what this process says · remembered: for how many milliseconds others are known
-- Answer: a list: what others said, milliseconds since one did, what others said …
local own, remembered = unpack(ARGV)

return noteRules(own, remembered, currentTime())
