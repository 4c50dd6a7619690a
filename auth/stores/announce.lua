-- Whether this server can do what we need, writing included; and which other deployments use it.
-- KEYS  1 the deployments, by when they were last here
-- ARGV  1 this deployment  2 lifetime in milliseconds: who was not here for that long is forgotten
-- Returns the other deployments.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local others = {}
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if name ~= ARGV[1] then others[#others + 1] = name end
end
return others
