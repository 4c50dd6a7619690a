-- Sends the requests of the file REQUESTS (raw, separated by NUL) in turn, and prints the outcome as JSON.
local requests, turn = {}, 0

function init()
  local text = assert(io.open(os.getenv("REQUESTS"), "rb")):read("*a")
  for request in text:gmatch("[^%z]+") do requests[#requests + 1] = request end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local e = summary.errors
  print(string.format(
    '{"requests": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f, "refused": %d, "broken": %d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.status, e.connect + e.read + e.write + e.timeout))
end
