-- Notes in which database the namespace is counted.
-- KEYS: those of partition 0, see _partition.lua
-- ARGV: process, identity, place: of the database that this process uses · or process alone: what it noted is no longer
--   used · or none: to read
-- Answer: what was noted before: identity, place, process, how many milliseconds ago; '' for nothing
local process, identity, place = unpack(ARGV)

local now = currentTime()
local noted = redis.call('HGET', state, 'database')
local note = noted and cjson.decode(noted)
if identity then
  writeThoughFull()
  redis.call('HSET', state, 'database', cjson.encode({ identity = identity, place = place, process = process, at = integer(now) }))
elseif process and note and note.process == process then
  redis.call('HDEL', state, 'database')
end
return note and { note.identity, note.place, note.process, integer(now - tonumber(note.at)) } or ''
