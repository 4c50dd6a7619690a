-- The load kit's driver for wrk; docs/load-testing.md explains it.
--
--     RUN=demo wrk -t 2 -c 20 -d 10s -s load/wrk.lua http://127.0.0.1:8000
--
-- wrk tells a script neither which request a response belongs to nor when it was sent. So this driver sends what needs
-- no answer: GET /me, logins and tickets, in the shares of MIX, with access tokens of the pool as long as they are
-- valid. It refreshes nothing, stops using a token before it expires, and writes counts instead of an outcome log.

local threads = {}

function setup(thread)
  thread:set("id", #threads)
  table.insert(threads, thread)
end

local function read(name)
  local file = assert(io.open(name, "r"), "load: cannot read " .. name)
  local text = file:read("*a")
  file:close()
  return text
end

local function text_of(json, name) return json:match('"' .. name .. '"%s*:%s*"([^"]*)"') end
local function number_of(json, name) return tonumber(json:match('"' .. name .. '"%s*:%s*([%d.]+)')) end

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function base64(text)
  local encoded = text:gsub("..?.?", function(part)
    local a, b, c = part:byte(1, 3)
    local bits, chars = a * 65536 + (b or 0) * 256 + (c or 0), {}
    for digit = 3, 0, -1 do
      local sextet = math.floor(bits / 64 ^ digit) % 64 + 1
      table.insert(chars, ALPHABET:sub(sextet, sextet))
    end
    return table.concat(chars):sub(1, #part + 1) .. ("="):rep(3 - #part)
  end)
  return encoded
end

local function form_encoded(text)
  return (text:gsub("[^%w._-]", function(byte) return string.format("%%%02X", byte:byte()) end))
end

local function mix_of(text)
  local mix, total, left_out = {}, 0, {}
  for op, share in text:gmatch("(%w+)=([%d.]+)") do
    if op == "refresh" or op == "logout" then
      table.insert(left_out, op)
    else
      total = total + tonumber(share)
      table.insert(mix, { op = op, upto = total })
    end
  end
  assert(total > 0, "load: MIX has no share of me, login or ws, and wrk cannot do others")
  return mix, total, left_out
end

local lines, mix, total, turn, trusted, skip = {}, {}, 0, 0, "", 0
counts, stale = {}, false

function init()
  local run, plan = os.getenv("RUN") or ".", read(os.getenv("PLAN") or "load/plan.json")
  local about = read(run .. "/run.json")
  local left_out
  mix, total, left_out = mix_of(os.getenv("MIX") or text_of(plan, "mix"))
  trusted = "Basic " .. base64(form_encoded(text_of(about, "client_id")) .. ":" .. form_encoded(text_of(about, "client_secret")))
  skip = tonumber(os.getenv("FIRST")) or 0
  for line in read(run .. "/pool.jsonl"):gmatch("[^\n]+") do table.insert(lines, line) end
  assert(#lines > skip, "load: the pool has no session. Seed more.")
  math.randomseed(os.time() + id)
  if id == 0 and #left_out > 0 then
    print("load: wrk cannot do these shares of the mix, and leaves them out: " .. table.concat(left_out, ", "))
  end
end

-- The next line of the pool whose access token lives for at least 30 more seconds, which is longer than a request.
local function fresh()
  for _ = skip + 1, #lines do
    turn = turn % (#lines - skip) + 1
    local line = lines[skip + turn]
    if number_of(line, "expires_at") > os.time() + 30 then return line end
  end
end

local function choose()
  local drawn = math.random() * total
  for _, share in ipairs(mix) do
    if drawn <= share.upto then return share.op end
  end
end

local function login(line)
  local body = string.format('{"username": "%s", "password": "%s"}', text_of(line, "username"), text_of(line, "password"))
  local headers = { ["Content-Type"] = "application/json", ["Authgate-Client"] = trusted }
  return wrk.format("POST", "/api/auth/login", headers, body)
end

function request()
  local op, line = choose(), fresh()
  if op == "login" then return login(line or lines[skip + 1]) end
  if not line then
    stale = true
    wrk.thread:stop()
    line = lines[skip + 1]
  end
  local headers = { ["Authorization"] = "Bearer " .. text_of(line, "access_token") }
  if op == "me" then return wrk.format("GET", "/api/auth/me", headers) end
  headers["Content-Type"] = "application/json"
  return wrk.format("POST", "/api/auth/ws-ticket", headers, "{}")
end

function response(status, headers, body)
  local key = status .. " " .. (status == 200 and "" or text_of(body, "error") or "")
  if (status == 429 or status == 503) and headers["Retry-After"] then key = key .. " throttled" end
  counts[key] = (counts[key] or 0) + 1
end

-- wrk shows latencies; the counts, by status and error code, and the verdict come from here.
function done(summary, latency)
  local sums, unexpected, throttled = {}, 0, 0
  for _, thread in ipairs(threads) do
    for key, count in pairs(thread:get("counts")) do sums[key] = (sums[key] or 0) + count end
    if thread:get("stale") then print("load: every access token of the pool is about to expire: seed again") end
  end
  for key, count in pairs(sums) do
    print(string.format("load: %-30s %d", key, count))
    if key:find("throttled") then throttled = throttled + count
    elseif key ~= "200 " then unexpected = unexpected + count end
  end
  local lost = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  print(string.format("load: %d unexpected outcomes, %d throttled, %d without an answer, p99 %.0f ms",
    unexpected + lost, throttled, lost, latency:percentile(99) / 1000))
  if unexpected + lost > number_of(read(os.getenv("PLAN") or "load/plan.json"), "unexpected") then os.exit(1) end
end
