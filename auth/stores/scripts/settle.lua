-- A place that was taken before the work now counts for certain.
-- KEYS  the lists of reserve.lua, chosen or not
-- ARGV  1 the entry that reserve.lua returned
for _, key in ipairs(KEYS) do
  local place = redis.call('LPOS', key, ARGV[1])
  if place then redis.call('LSET', key, place, ARGV[1] .. '!') end
end
return redis.status_reply('OK')
