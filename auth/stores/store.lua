-- Keep what the database said of a session and its account.
-- KEYS  1 account record  2 session record  3.. blacklist entries of the account's live jtis
-- ARGV  1 version  2 epoch  3 profile JSON  4 session record to keep  5 lifetime in milliseconds
--       6.. lifetime of each blacklist entry in milliseconds
-- A newer account record stays, and so does a tombstone: what was read before a revocation must not undo it.
local current = redis.call('GET', KEYS[1])
local version, profile = string.match(current or '', '^(%d+):%d+:(.*)$')
local known = tonumber(version) or -1
local offered = tonumber(ARGV[1])
if offered > known or (offered == known and profile == '') then
  redis.call('SET', KEYS[1], ARGV[1] .. ':' .. ARGV[2] .. ':' .. ARGV[3], 'PX', ARGV[5])
elseif offered == known then
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
for i = 3, #KEYS do redis.call('SET', KEYS[i], '1', 'PX', ARGV[i + 3]) end
if redis.call('GET', KEYS[2]) ~= 'revoked' then redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5]) end
return redis.status_reply('OK')
