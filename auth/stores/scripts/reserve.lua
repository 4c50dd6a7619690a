-- Take one place under each of several limits, or none at all.
-- KEYS  one list per limit: the admissions of the last window, "<microseconds>:<id>", oldest first
-- ARGV  1 now in microseconds, empty: the server's own clock   2 id of this admission
--       then for each key: quota, window in microseconds
-- Returns {wait in microseconds (0: admitted), the entry written, then for each key: remaining, reset in microseconds}
-- Exact in any window of that length. A refused call writes nothing: hammering never extends the wait.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

local function oldest(key) return tonumber(string.match(redis.call('LINDEX', key, 0) or '', '^(%d+)')) end

local wait = 0
for i, key in ipairs(KEYS) do
  local quota, window = tonumber(ARGV[1 + 2 * i]), tonumber(ARGV[2 + 2 * i])
  local first = oldest(key)
  while first and first <= now - window do
    redis.call('LPOP', key)
    first = oldest(key)
  end
  local taken = redis.call('LLEN', key)
  if taken >= quota then
    -- The place that must free is the quota-th from the end: a lowered quota counts too.
    local blocking = tonumber(string.match(redis.call('LINDEX', key, -quota), '^(%d+)'))
    wait = math.max(wait, blocking + window - now)
  end
end

local entry = string.format('%.0f', now) .. ':' .. ARGV[2]
local answer = {math.ceil(wait), entry}
for i, key in ipairs(KEYS) do
  local quota, window = tonumber(ARGV[1 + 2 * i]), tonumber(ARGV[2 + 2 * i])
  if wait == 0 then
    redis.call('RPUSH', key, entry)
    redis.call('PEXPIRE', key, math.ceil(window / 1000))
  end
  local first = oldest(key) or now
  answer[#answer + 1] = math.max(0, quota - redis.call('LLEN', key))
  answer[#answer + 1] = math.ceil(first + window - now)
end
return answer
