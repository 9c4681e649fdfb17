-- What wrk sends, from the environment, and one line of JSON at the end.
for name, variable in pairs({
    ["Authorization"] = "BENCH_AUTHORIZATION", ["Origin"] = "BENCH_ORIGIN",
    ["Content-Type"] = "BENCH_TYPE",
}) do
    local value = os.getenv(variable)
    if value and value ~= "" then wrk.headers[name] = value end
end
wrk.headers["Host"] = "api.example.com"
wrk.headers["Accept"] = "application/json"
wrk.headers["User-Agent"] = "bench/1.0"

local file = os.getenv("BENCH_BODY")
if file and file ~= "" then
    local handle = assert(io.open(file, "rb"))
    wrk.method, wrk.body = "POST", handle:read("*a")
    handle:close()
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"requests":%d,"microseconds":%d,"bytes":%d,"refused":%d,"errors":%d,'
            .. '"p50":%.1f,"p99":%.1f}\n',
        summary.requests, summary.duration, summary.bytes, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(99)))
end
