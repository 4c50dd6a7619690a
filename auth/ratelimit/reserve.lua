-- Take one slot under each of several limits, or none at all.
-- KEYS  1..2n for each limit: the slots that count, and those whose outcome is open; both sorted by the microsecond
--       at which they were taken
--       then, for limits that spare trusted callers: the mark of this caller, and two such lists of its own, if it has
--       them
-- ARGV  1 now in microseconds, empty: the server's own clock   2 id of this admission   3 n
--       4 1 if the outcome is open; else the slots count at once
--       5 microseconds after which a slot whose outcome is still open is given up: its worker is gone
--       then for each limit: quota, window in microseconds, index of the mark among KEYS (0: nobody is spared),
--       index of a trusted caller's own lists (0: the limit counts it all the same, and never refuses it)
-- Returns {wait in microseconds (0: admitted), number of the limit that asks for this wait,
--          1 if open slots alone are in the way,
--          then for each limit: remaining, reset in microseconds}
-- Exact in any window of that length. A refused call writes nothing: hammering never extends the wait.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local id, is_open, open_window = ARGV[2], ARGV[4] == '1', tonumber(ARGV[5])

local function moment(key, rank) return tonumber(redis.call('ZRANGE', key, rank, rank, 'WITHSCORES')[2]) end

local limits = {}
for i = 1, tonumber(ARGV[3]) do
  local quota, window, mark, own = unpack(ARGV, 4 * i + 2, 4 * i + 5)
  local is_trusted = mark ~= '0' and redis.call('EXISTS', KEYS[tonumber(mark)]) == 1
  local first = is_trusted and own ~= '0' and tonumber(own) or 2 * i - 1
  local limit = {counted = KEYS[first], open = KEYS[first + 1], quota = tonumber(quota), window = tonumber(window)}
  limit.is_spared = is_trusted and own == '0'
  limit.open_window = math.min(limit.window, open_window)
  redis.call('ZREMRANGEBYSCORE', limit.counted, '-inf', string.format('%.0f', now - limit.window))
  redis.call('ZREMRANGEBYSCORE', limit.open, '-inf', string.format('%.0f', now - limit.open_window))
  limits[i] = limit
end

-- The slot that must free is the quota-th from the end: a lowered quota counts too.
local function wait_of(limit, counted)
  if counted >= limit.quota then return moment(limit.counted, -limit.quota) + limit.window - now end
  local first = moment(limit.counted, 0)
  return math.min(moment(limit.open, 0) + limit.open_window, first and first + limit.window or math.huge) - now
end

local wait, refusing, is_worth_waiting = 0, 0, 1
for i, limit in ipairs(limits) do
  local counted = redis.call('ZCARD', limit.counted)
  if not limit.is_spared and counted + redis.call('ZCARD', limit.open) >= limit.quota then
    local seconds = wait_of(limit, counted)
    if seconds > wait then wait, refusing = seconds, i end
    if counted >= limit.quota then is_worth_waiting = 0 end
  end
end

local answer = {math.ceil(wait), refusing, wait > 0 and is_worth_waiting or 0}
for _, limit in ipairs(limits) do
  if wait == 0 then
    redis.call('ZADD', is_open and limit.open or limit.counted, string.format('%.0f', now), id)
    redis.call('PEXPIRE', is_open and limit.open or limit.counted,
      math.ceil((is_open and limit.open_window or limit.window) / 1000))
  end
  local first = math.min(moment(limit.counted, 0) or now, moment(limit.open, 0) or now)
  local taken = redis.call('ZCARD', limit.counted) + redis.call('ZCARD', limit.open)
  answer[#answer + 1] = math.max(0, limit.quota - taken)
  answer[#answer + 1] = math.ceil(first + limit.window - now)
end
return answer
