-- Of partition 0. Answers the time and, for each process: its id, when it was seen, and what it said of itself.
return { integer(now()), redis.call('HGETALL', workers) }
