-- Take one place under each of several limits, or none at all.
-- KEYS  1..n one list per limit: the admissions of the last window, "<microseconds>:<id>", oldest first;
--       settle.lua adds "!" to those that are known to count
--       then, for limits that spare known callers: the mark of this caller, and a list of its own
-- ARGV  1 now in microseconds, empty: the server's own clock   2 id of this admission   3 n
--       then for each limit: quota, window in microseconds, place of the mark among KEYS (0: nobody is spared)
-- Returns {wait in microseconds (0: admitted), the entry written, 1 if a place in the way is not settled yet,
--          then for each limit: remaining, reset in microseconds}
-- Exact in any window of that length. A refused call writes nothing: hammering never extends the wait.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

local function oldest(key) return tonumber(string.match(redis.call('LINDEX', key, 0) or '', '^(%d+)')) end

local limits = {}
for i = 1, tonumber(ARGV[3]) do
  local quota, window, mark = tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2]), tonumber(ARGV[3 * i + 3])
  local is_known = mark > 0 and redis.call('EXISTS', KEYS[mark]) == 1
  limits[i] = {key = is_known and KEYS[mark + 1] or KEYS[i], quota = quota, window = window}
end

local wait, unsettled = 0, 0
for _, limit in ipairs(limits) do
  local first = oldest(limit.key)
  while first and first <= now - limit.window do
    redis.call('LPOP', limit.key)
    first = oldest(limit.key)
  end
  if redis.call('LLEN', limit.key) >= limit.quota then
    -- The place that must free is the quota-th from the end: a lowered quota counts too.
    local blocking = tonumber(string.match(redis.call('LINDEX', limit.key, -limit.quota), '^(%d+)'))
    wait = math.max(wait, blocking + limit.window - now)
    for _, entry in ipairs(redis.call('LRANGE', limit.key, 0, -1)) do
      if string.sub(entry, -1) ~= '!' then unsettled = 1 end
    end
  end
end

local entry = string.format('%.0f', now) .. ':' .. ARGV[2]
local answer = {math.ceil(wait), entry, unsettled}
for _, limit in ipairs(limits) do
  if wait == 0 then
    redis.call('RPUSH', limit.key, entry)
    redis.call('PEXPIRE', limit.key, math.ceil(limit.window / 1000))
  end
  local first = oldest(limit.key) or now
  answer[#answer + 1] = math.max(0, limit.quota - redis.call('LLEN', limit.key))
  answer[#answer + 1] = math.ceil(first + limit.window - now)
end
return answer
