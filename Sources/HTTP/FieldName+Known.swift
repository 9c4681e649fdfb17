extension FieldName {
    /// `Accept`
    public static let accept = FieldName(id: 0)
    /// `Accept-CH`
    public static let acceptCH = FieldName(id: 1)
    /// `Accept-Charset`
    public static let acceptCharset = FieldName(id: 2)
    /// `Accept-Encoding`
    public static let acceptEncoding = FieldName(id: 3)
    /// `Accept-Language`
    public static let acceptLanguage = FieldName(id: 4)
    /// `Accept-Ranges`
    public static let acceptRanges = FieldName(id: 5)
    /// `Access-Control-Allow-Credentials`
    public static let accessControlAllowCredentials = FieldName(id: 6)
    /// `Access-Control-Allow-Headers`
    public static let accessControlAllowHeaders = FieldName(id: 7)
    /// `Access-Control-Allow-Methods`
    public static let accessControlAllowMethods = FieldName(id: 8)
    /// `Access-Control-Allow-Origin`
    public static let accessControlAllowOrigin = FieldName(id: 9)
    /// `Access-Control-Allow-Private-Network`
    public static let accessControlAllowPrivateNetwork = FieldName(id: 10)
    /// `Access-Control-Expose-Headers`
    public static let accessControlExposeHeaders = FieldName(id: 11)
    /// `Access-Control-Max-Age`
    public static let accessControlMaxAge = FieldName(id: 12)
    /// `Access-Control-Request-Headers`
    public static let accessControlRequestHeaders = FieldName(id: 13)
    /// `Access-Control-Request-Method`
    public static let accessControlRequestMethod = FieldName(id: 14)
    /// `Access-Control-Request-Private-Network`
    public static let accessControlRequestPrivateNetwork = FieldName(id: 15)
    /// `Age`
    public static let age = FieldName(id: 16)
    /// `Allow`
    public static let allow = FieldName(id: 17)
    /// `Alt-Svc`
    public static let altSvc = FieldName(id: 18)
    /// `Authorization`
    public static let authorization = FieldName(id: 19)
    /// `Cache-Control`
    public static let cacheControl = FieldName(id: 20)
    /// `CF-Connecting-IP`
    public static let cfConnectingIP = FieldName(id: 21)
    /// `Clear-Site-Data`
    public static let clearSiteData = FieldName(id: 22)
    /// `Connection`
    public static let connection = FieldName(id: 23)
    /// `Content-Disposition`
    public static let contentDisposition = FieldName(id: 24)
    /// `Content-Encoding`
    public static let contentEncoding = FieldName(id: 25)
    /// `Content-Language`
    public static let contentLanguage = FieldName(id: 26)
    /// `Content-Length`
    public static let contentLength = FieldName(id: 27)
    /// `Content-Location`
    public static let contentLocation = FieldName(id: 28)
    /// `Content-Range`
    public static let contentRange = FieldName(id: 29)
    /// `Content-Security-Policy`
    public static let contentSecurityPolicy = FieldName(id: 30)
    /// `Content-Security-Policy-Report-Only`
    public static let contentSecurityPolicyReportOnly = FieldName(id: 31)
    /// `Content-Type`
    public static let contentType = FieldName(id: 32)
    /// `Cookie`
    public static let cookie = FieldName(id: 33)
    /// `Cross-Origin-Embedder-Policy`
    public static let crossOriginEmbedderPolicy = FieldName(id: 34)
    /// `Cross-Origin-Opener-Policy`
    public static let crossOriginOpenerPolicy = FieldName(id: 35)
    /// `Cross-Origin-Resource-Policy`
    public static let crossOriginResourcePolicy = FieldName(id: 36)
    /// `Date`
    public static let date = FieldName(id: 37)
    /// `DNT`
    public static let dnt = FieldName(id: 38)
    /// `DPoP`
    public static let dPoP = FieldName(id: 39)
    /// `ETag`
    public static let eTag = FieldName(id: 40)
    /// `Expect`
    public static let expect = FieldName(id: 41)
    /// `Expires`
    public static let expires = FieldName(id: 42)
    /// `Forwarded`
    public static let forwarded = FieldName(id: 43)
    /// `Gatehouse-Identity`
    public static let gatehouseIdentity = FieldName(id: 44)
    /// `Host`
    public static let host = FieldName(id: 45)
    /// `Idempotency-Key`
    public static let idempotencyKey = FieldName(id: 46)
    /// `If-Match`
    public static let ifMatch = FieldName(id: 47)
    /// `If-Modified-Since`
    public static let ifModifiedSince = FieldName(id: 48)
    /// `If-None-Match`
    public static let ifNoneMatch = FieldName(id: 49)
    /// `If-Range`
    public static let ifRange = FieldName(id: 50)
    /// `If-Unmodified-Since`
    public static let ifUnmodifiedSince = FieldName(id: 51)
    /// `Keep-Alive`
    public static let keepAlive = FieldName(id: 52)
    /// `Last-Modified`
    public static let lastModified = FieldName(id: 53)
    /// `Link`
    public static let link = FieldName(id: 54)
    /// `Location`
    public static let location = FieldName(id: 55)
    /// `Max-Forwards`
    public static let maxForwards = FieldName(id: 56)
    /// `NEL`
    public static let nel = FieldName(id: 57)
    /// `Origin`
    public static let origin = FieldName(id: 58)
    /// `Origin-Agent-Cluster`
    public static let originAgentCluster = FieldName(id: 59)
    /// `Permissions-Policy`
    public static let permissionsPolicy = FieldName(id: 60)
    /// `Pragma`
    public static let pragma = FieldName(id: 61)
    /// `Priority`
    public static let priority = FieldName(id: 62)
    /// `Proxy`
    public static let proxy = FieldName(id: 63)
    /// `Proxy-Authenticate`
    public static let proxyAuthenticate = FieldName(id: 64)
    /// `Proxy-Authorization`
    public static let proxyAuthorization = FieldName(id: 65)
    /// `Proxy-Connection`
    public static let proxyConnection = FieldName(id: 66)
    /// `Public-Key-Pins`
    public static let publicKeyPins = FieldName(id: 67)
    /// `Range`
    public static let range = FieldName(id: 68)
    /// `RateLimit`
    public static let rateLimit = FieldName(id: 69)
    /// `RateLimit-Policy`
    public static let rateLimitPolicy = FieldName(id: 70)
    /// `Referer`
    public static let referer = FieldName(id: 71)
    /// `Referrer-Policy`
    public static let referrerPolicy = FieldName(id: 72)
    /// `Report-To`
    public static let reportTo = FieldName(id: 73)
    /// `Reporting-Endpoints`
    public static let reportingEndpoints = FieldName(id: 74)
    /// `Retry-After`
    public static let retryAfter = FieldName(id: 75)
    /// `Sec-CH-UA`
    public static let secCHUA = FieldName(id: 76)
    /// `Sec-CH-UA-Mobile`
    public static let secCHUAMobile = FieldName(id: 77)
    /// `Sec-CH-UA-Platform`
    public static let secCHUAPlatform = FieldName(id: 78)
    /// `Sec-Fetch-Dest`
    public static let secFetchDest = FieldName(id: 79)
    /// `Sec-Fetch-Mode`
    public static let secFetchMode = FieldName(id: 80)
    /// `Sec-Fetch-Site`
    public static let secFetchSite = FieldName(id: 81)
    /// `Sec-Fetch-User`
    public static let secFetchUser = FieldName(id: 82)
    /// `Sec-WebSocket-Key`
    public static let secWebSocketKey = FieldName(id: 83)
    /// `Sec-WebSocket-Protocol`
    public static let secWebSocketProtocol = FieldName(id: 84)
    /// `Sec-WebSocket-Version`
    public static let secWebSocketVersion = FieldName(id: 85)
    /// `Server`
    public static let server = FieldName(id: 86)
    /// `Server-Timing`
    public static let serverTiming = FieldName(id: 87)
    /// `Set-Cookie`
    public static let setCookie = FieldName(id: 88)
    /// `Strict-Transport-Security`
    public static let strictTransportSecurity = FieldName(id: 89)
    /// `TE`
    public static let te = FieldName(id: 90)
    /// `Timing-Allow-Origin`
    public static let timingAllowOrigin = FieldName(id: 91)
    /// `traceparent`
    public static let traceparent = FieldName(id: 92)
    /// `tracestate`
    public static let tracestate = FieldName(id: 93)
    /// `Trailer`
    public static let trailer = FieldName(id: 94)
    /// `Transfer-Encoding`
    public static let transferEncoding = FieldName(id: 95)
    /// `True-Client-IP`
    public static let trueClientIP = FieldName(id: 96)
    /// `Upgrade`
    public static let upgrade = FieldName(id: 97)
    /// `Upgrade-Insecure-Requests`
    public static let upgradeInsecureRequests = FieldName(id: 98)
    /// `User-Agent`
    public static let userAgent = FieldName(id: 99)
    /// `Vary`
    public static let vary = FieldName(id: 100)
    /// `Via`
    public static let via = FieldName(id: 101)
    /// `WWW-Authenticate`
    public static let wwwAuthenticate = FieldName(id: 102)
    /// `X-API-Key`
    public static let xAPIKey = FieldName(id: 103)
    /// `X-Client-IP`
    public static let xClientIP = FieldName(id: 104)
    /// `X-Cluster-Client-IP`
    public static let xClusterClientIP = FieldName(id: 105)
    /// `X-Content-Type-Options`
    public static let xContentTypeOptions = FieldName(id: 106)
    /// `X-DNS-Prefetch-Control`
    public static let xDNSPrefetchControl = FieldName(id: 107)
    /// `X-Download-Options`
    public static let xDownloadOptions = FieldName(id: 108)
    /// `X-Forwarded`
    public static let xForwarded = FieldName(id: 109)
    /// `X-Forwarded-For`
    public static let xForwardedFor = FieldName(id: 110)
    /// `X-Forwarded-Host`
    public static let xForwardedHost = FieldName(id: 111)
    /// `X-Forwarded-Port`
    public static let xForwardedPort = FieldName(id: 112)
    /// `X-Forwarded-Prefix`
    public static let xForwardedPrefix = FieldName(id: 113)
    /// `X-Forwarded-Proto`
    public static let xForwardedProto = FieldName(id: 114)
    /// `X-Forwarded-Server`
    public static let xForwardedServer = FieldName(id: 115)
    /// `X-Frame-Options`
    public static let xFrameOptions = FieldName(id: 116)
    /// `X-Http-Method`
    public static let xHttpMethod = FieldName(id: 117)
    /// `X-HTTP-Method-Override`
    public static let xHTTPMethodOverride = FieldName(id: 118)
    /// `X-Original-URL`
    public static let xOriginalURL = FieldName(id: 119)
    /// `X-Permitted-Cross-Domain-Policies`
    public static let xPermittedCrossDomainPolicies = FieldName(id: 120)
    /// `X-Powered-By`
    public static let xPoweredBy = FieldName(id: 121)
    /// `X-Real-IP`
    public static let xRealIP = FieldName(id: 122)
    /// `X-Request-ID`
    public static let xRequestID = FieldName(id: 123)
    /// `X-Rewrite-URL`
    public static let xRewriteURL = FieldName(id: 124)
    /// `X-XSS-Protection`
    public static let xXSSProtection = FieldName(id: 125)
}
