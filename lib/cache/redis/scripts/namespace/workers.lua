-- The processes that persist.
-- KEYS: those of partition 0, see _partition.lua
-- ARGV: none
-- Answer: the time, and a list: a process, when it was seen and what it said of itself as one text, the next process …
return { integer(currentTime()), redis.call('HGETALL', workers) }
