return redis.call('HGET', state, 'wakeId') or ''
