-- The checks of W2 in Lua, with OpenSSL's HMAC through FFI: what a careful nginx user would write.
local ffi = require "ffi"
local json = require "cjson.safe"

ffi.cdef [[
typedef struct evp_md_st EVP_MD;
const EVP_MD *EVP_sha256(void);
unsigned char *HMAC(const EVP_MD *, const void *, int, const unsigned char *, size_t,
                    unsigned char *, unsigned int *);
int CRYPTO_memcmp(const void *, const void *, size_t);
]]

local crypto = ffi.C
local handle = assert(io.open("@DIR@/secret", "rb"))
local secret = handle:read("*a")
handle:close()
local digest = ffi.new("unsigned char[32]")
local digest_length = ffi.new("unsigned int[1]")
local limit, window = 2000000000, 900
-- W7: the port of the Redis that counts; 0 for a dictionary that the workers share.
local redis = @REDIS@ ~= 0 and require "redis_limit" or nil
local origins = { ["https://app.example.com"] = true }
local roles = { admin = true, moderator = true }

local function decode(text)
    text = text:gsub("-", "+"):gsub("_", "/")
    return ngx.decode_base64(text .. ("="):rep(-#text % 4))
end

local function claims(token)
    local first = token:find(".", 1, true)
    local second = first and token:find(".", first + 1, true)
    if not second then return nil end
    local header = json.decode(decode(token:sub(1, first - 1)) or "")
    if type(header) ~= "table" or header.alg ~= "HS256" then return nil end
    local signature = decode(token:sub(second + 1))
    if not signature or #signature ~= 32 then return nil end
    crypto.HMAC(crypto.EVP_sha256(), secret, #secret, token, second - 1, digest, digest_length)
    if crypto.CRYPTO_memcmp(digest, signature, 32) ~= 0 then return nil end
    local found = json.decode(decode(token:sub(first + 1, second - 1)) or "")
    if type(found) ~= "table" or (found.exp or 0) < ngx.time() then return nil end
    return found
end

local gate = {}

local function refuse(status, reason)
    ngx.status = status
    ngx.header["Content-Type"] = "application/json"
    ngx.print('{"error":"', reason, '"}')
    return ngx.exit(status)
end

function gate.check()
    local header = ngx.header
    local origin = ngx.var.http_origin
    if origin then
        if not origins[origin] then return refuse(403, "origin") end
        header["Access-Control-Allow-Origin"] = origin
        header["Access-Control-Allow-Credentials"] = "true"
    end
    header["Vary"] = "Origin"

    if redis then
        local allowed, remaining, reset = redis.decide(ngx.var.remote_addr)
        if allowed == nil then return refuse(503, "counter") end
        if allowed == 0 then return refuse(429, "limit") end
        header["RateLimit-Limit"] = redis.quota
        header["RateLimit-Remaining"] = remaining
        header["RateLimit-Reset"] = reset
    else
        local counters, address = ngx.shared.counters, ngx.var.binary_remote_addr
        local used = counters:incr(address, 1, 0, window)
        if used > limit then return refuse(429, "limit") end
        header["RateLimit-Limit"] = limit
        header["RateLimit-Remaining"] = limit - used
        header["RateLimit-Reset"] = math.ceil(counters:ttl(address) or window)
    end

    local authorization = ngx.var.http_authorization
    if not authorization or authorization:sub(1, 7) ~= "Bearer " then
        return refuse(401, "token")
    end
    local found = claims(authorization:sub(8))
    if not found then return refuse(401, "token") end
    if not roles[found.role] then return refuse(403, "role") end
    ngx.ctx.claims = found
end

local function answer(status, value)
    local body = json.encode(value)
    ngx.status = status
    ngx.header["Content-Type"] = "application/json"
    ngx.header["Content-Length"] = #body
    ngx.print(body)
end

function gate.item()
    local found = ngx.ctx.claims
    local id = tonumber(ngx.var.uri:match("(%d+)$"))
    answer(200, {
        id = id, name = "Item " .. id, price = 1999, currency = "EUR", stock = 7,
        description = "A plain thing with a description of about the length that things have, no more.",
        tags = { "alpha", "beta", "gamma" }, owner = { id = found.userId, role = found.role },
        createdAt = "2026-01-01T00:00:00.000Z", updatedAt = "2026-06-01T00:00:00.000Z",
    })
end

local match = ngx.re.find
local email = [[^[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,}$]]
local password = [[^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[!@#\$%\^&\*])]]
local known = { email = true, password = true, age = true, name = true, bio = true }

function gate.user()
    ngx.req.read_body()
    local user = json.decode(ngx.req.get_body_data() or "")
    if type(user) ~= "table" then return refuse(400, "json") end
    local age = user.age
    if type(user.email) ~= "string" or not match(user.email, email, "jo")
        or type(user.password) ~= "string" or #user.password < 8
        or not match(user.password, password, "jo")
        or (age ~= nil and (type(age) ~= "number" or age % 1 ~= 0 or age < 18 or age > 120))
        or (user.name ~= nil and (type(user.name) ~= "string" or #user.name > 100))
        or (user.bio ~= nil and (type(user.bio) ~= "string" or #user.bio > 500)) then
        return refuse(400, "input")
    end
    for key in pairs(user) do
        if not known[key] then return refuse(400, "input") end
    end
    answer(201, { id = 1001, email = user.email, age = age, name = user.name })
end

return gate
