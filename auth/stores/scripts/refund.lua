-- Give back a place that turned out not to count.
-- KEYS  the lists of reserve.lua
-- ARGV  1 the entry that reserve.lua returned
for _, key in ipairs(KEYS) do redis.call('LREM', key, -1, ARGV[1]) end
return redis.status_reply('OK')
