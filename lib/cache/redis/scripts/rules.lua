-- ARGV: what this process says of its rules, 1 if it is new or 0. Of partition 0. Answers what was said last, '' for nothing.
local said = redis.call('HGET', state, 'rules')
if ARGV[2] == '1' or not said then
  writeThoughFull()
  redis.call('HSET', state, 'rules', ARGV[1])
end
return said or ''
