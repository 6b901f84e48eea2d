-- The processes that persist.
-- KEYS: those of partition 0, see _partition.lua
-- ARGV: none
-- Answer: the time, and a list: a process, when it was seen and what it said of itself as one text, the next process … · since when processes are heard, see beat.lua
return { integer(currentTime()), redis.call('HGETALL', workers), redis.call('HGET', state, 'beatsSince') or '0' }
