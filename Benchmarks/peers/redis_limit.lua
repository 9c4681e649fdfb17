-- W7: one atomic script a request over pooled cosockets, as lua-resty-redis speaks: what a careful
-- nginx user would write. The generic cell rate algorithm by the server's clock, 1,000,000 a second.
local limit = { quota = 1000000 }

local script = [[
local now = redis.call("TIME")
now = now[1] * 1000000 + now[2]
local interval, tolerance = 1, 1000000
local arrival = tonumber(redis.call("GET", KEYS[1]) or now)
if arrival < now then arrival = now end
local after = arrival + interval
if after - now > tolerance then return {0, 0, math.ceil((after - now - tolerance) / 1000000)} end
redis.call("SET", KEYS[1], string.format("%.0f", after), "PX", 2000)
return {1, math.floor((tolerance - (after - now)) / interval), 1}
]]

local function command(...)
    local parts = { "*" .. select("#", ...) .. "\r\n" }
    for _, word in ipairs({ ... }) do
        parts[#parts + 1] = "$" .. #word .. "\r\n" .. word .. "\r\n"
    end
    return table.concat(parts)
end

local function reply(socket)
    local line = socket:receive()
    if not line then return nil, "broken" end
    local kind, rest = line:sub(1, 1), line:sub(2)
    if kind == "-" then return nil, rest end
    if kind == ":" then return tonumber(rest) end
    if kind == "$" then
        local bytes = socket:receive(tonumber(rest) + 2)
        return bytes and bytes:sub(1, -3)
    end
    if kind == "*" then
        local list = {}
        for index = 1, tonumber(rest) do
            list[index] = reply(socket)
            if list[index] == nil then return nil, "broken" end
        end
        return list
    end
    return nil, "unknown"
end

local name

-- 1 and what is left and for how long; 0 if refused; nil when Redis can't be asked.
function limit.decide(address)
    local socket = ngx.socket.tcp()
    socket:settimeouts(250, 250, 250)
    if not socket:connect("127.0.0.1", @REDIS@, { pool_size = 128 }) then return nil end
    if not name then
        socket:send(command("SCRIPT", "LOAD", script))
        name = reply(socket)
    end
    if not name or not socket:send(command("EVALSHA", name, "1", "limit:" .. address)) then
        return nil
    end
    local found = reply(socket)
    if type(found) ~= "table" then return nil end
    socket:setkeepalive(60000, 128)
    return found[1], found[2], found[3]
end

return limit
