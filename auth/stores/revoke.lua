-- Take back a session, a token, or every older copy of an account. Idempotent: the log is applied many times.
-- KEYS  1 account record  2 session record  3 blacklist entry
-- ARGV  1 lifetime in milliseconds: at least as long as any token that this must stop
--       2 '1' to end the session  3 '1' to list the jti
--       4 version and 5 epoch to raise the account to; empty: leave it
local lifetime = ARGV[1]
if ARGV[2] == '1' then redis.call('SET', KEYS[2], 'revoked', 'PX', lifetime) end
if ARGV[3] == '1' then redis.call('SET', KEYS[3], '1', 'PX', lifetime) end
if ARGV[4] ~= '' then
  local current = redis.call('GET', KEYS[1])
  local known = tonumber(string.match(current or '', '^(%d+):')) or -1
  if tonumber(ARGV[4]) > known then
    redis.call('SET', KEYS[1], ARGV[4] .. ':' .. ARGV[5] .. ':', 'PX', lifetime)
  end
end
return redis.status_reply('OK')
