-- Give back a place that turned out not to count, and know the caller from now on if it succeeded.
-- KEYS  1..n the lists of reserve.lua, chosen or not, then the marks to set
-- ARGV  1 the entry that reserve.lua returned   2 n   3 lifetime of a mark in milliseconds
local lists = tonumber(ARGV[2])
for i = 1, lists do redis.call('LREM', KEYS[i], -1, ARGV[1]) end
for i = lists + 1, #KEYS do redis.call('SET', KEYS[i], '1', 'PX', ARGV[3]) end
return redis.status_reply('OK')
