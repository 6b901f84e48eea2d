-- Of partition 0. Notes in which database the namespace is counted. Answers what was noted before and how many milliseconds
-- ago, or ''.
-- ARGV: process, identity and place; or process alone: what it noted is no longer used; or nothing: to read.
local process, identity, place = ARGV[1], ARGV[2], ARGV[3]
local at = now()
local noted = redis.call('HGET', state, 'database')
local note = noted and cjson.decode(noted)
if identity then
  writeThoughFull()
  redis.call('HSET', state, 'database', cjson.encode({ identity = identity, place = place, process = process, at = integer(at) }))
elseif process and note and note.process == process then
  redis.call('HDEL', state, 'database')
end
return note and { note.identity, note.place, note.process, integer(at - tonumber(note.at)) } or ''
