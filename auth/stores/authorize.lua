-- May this access token be used now? Blacklist, session, account and rate limit in one decision.
-- KEYS  1 account record  "<version>:<epoch>:<profile JSON>", profile empty when only the counters are known
--       2 session record  "<epoch>:<min generation>", or "revoked"
--       3 blacklist entry of the token's jti
--       4 rate limit: theoretical arrival time (GCRA)
-- ARGV  1 generation of the token
--       2 quota (0: no limit)  3 window in microseconds
--       4 now in microseconds, empty: the server's own clock
-- Returns {verdict, version, profile, remaining, reset in microseconds}
--       verdict 0 allowed, 1 revoked, 2 unknown: ask the database, 3 over the limit
local ALLOWED, REVOKED, UNKNOWN, LIMITED = 0, 1, 2, 3

local found = redis.call('MGET', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
local account, session = found[1], found[2]
if found[3] or session == 'revoked' then return {REVOKED} end
if not account or not session then return {UNKNOWN} end

local version, epoch, profile = string.match(account, '^(%d+):(%d+):(.*)$')
local session_epoch, min_generation = string.match(session, '^(%d+):(%d+)$')
-- A session behind its account may have been carried over (password change): the database knows.
if profile == '' or tonumber(session_epoch) < tonumber(epoch) then return {UNKNOWN} end
if tonumber(ARGV[1]) < tonumber(min_generation) then return {REVOKED} end

local quota, window = tonumber(ARGV[2]), tonumber(ARGV[3])
if quota == 0 then return {ALLOWED, version, profile, 0, 0} end

local now = tonumber(ARGV[4])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
-- Whole microseconds, as the arrival time is kept in: rounding it up at each call would cost the last of the quota.
local interval = math.max(1, math.floor(window / quota))
local arrival = math.max(tonumber(found[4]) or now, now)
-- A refused call leaves the arrival time as it is: hammering never extends the wait.
if arrival + interval - now > window then
  return {LIMITED, version, '', 0, math.ceil(arrival + interval - now - window)}
end
arrival = arrival + interval
redis.call('SET', KEYS[4], string.format('%.0f', arrival), 'PX', math.ceil((arrival - now) / 1000) + 1)
return {ALLOWED, version, profile, math.floor((window - (arrival - now)) / interval), math.ceil(arrival - now)}
