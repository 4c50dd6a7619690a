-- Slots whose outcome was open count for certain.
-- KEYS  pairs of lists of reserve.lua, chosen or not: the slots that count, and those whose outcome is open
-- ARGV  1 id of the admission   then for each pair: window in milliseconds
for i = 1, #KEYS, 2 do
  local taken = redis.call('ZSCORE', KEYS[i + 1], ARGV[1])
  if taken then
    redis.call('ZREM', KEYS[i + 1], ARGV[1])
    redis.call('ZADD', KEYS[i], taken, ARGV[1])
    redis.call('PEXPIRE', KEYS[i], ARGV[(i + 1) / 2 + 1])
  end
end
return redis.status_reply('OK')
