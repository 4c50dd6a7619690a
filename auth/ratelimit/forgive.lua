-- Forget all slots under some limits, and trust the caller from now on.
-- KEYS  1..n lists of reserve.lua, then the marks to set
-- ARGV  1 n   2 lifetime of a mark in milliseconds
local lists = tonumber(ARGV[1])
for i = 1, lists do redis.call('DEL', KEYS[i]) end
for i = lists + 1, #KEYS do redis.call('SET', KEYS[i], '1', 'PX', ARGV[2]) end
return redis.status_reply('OK')
