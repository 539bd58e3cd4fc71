-- Posts photos to /predict in turn, for wrk; the files are named behind its "--". At the end it prints one line of JSON.

local photos = {}
local number = 0

function init(files)
  for place = 1, #files do
    local file = assert(io.open(files[place], "rb"))
    photos[place] = file:read("*a")
    file:close()
  end
end

function request()
  number = number % #photos + 1
  return wrk.format("POST", "/predict", { ["Content-Type"] = "image/jpeg" }, photos[number])
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
