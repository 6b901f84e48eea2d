local info = redis.pcall('INFO')
return type(info) == 'table' and '' or info
