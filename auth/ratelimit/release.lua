-- Release slots whose outcome was open, and trust the caller from now on if it succeeded.
-- KEYS  1..n lists of open slots of reserve.lua, chosen or not, then the marks to set
-- ARGV  1 id of the admission   2 n   3 lifetime of a mark in milliseconds
local lists = tonumber(ARGV[2])
for i = 1, lists do redis.call('ZREM', KEYS[i], ARGV[1]) end
for i = lists + 1, #KEYS do redis.call('SET', KEYS[i], '1', 'PX', ARGV[3]) end
return redis.status_reply('OK')
