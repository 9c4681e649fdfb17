public import GatehouseCore
public import GatehouseHTTP

/// Lets pages of other origins read responses (Fetch standard, section 3.2): pages of the listed
/// origins, and nobody else's.
///
/// CORS is not authorization (PITFALLS 90): a request without `Origin`, or with a foreign one,
/// still goes on to the controls that decide on it; it only gets no CORS headers, so that no page
/// reads the answer. Ours is the only voice: `Access-Control-*` fields of handlers and upstreams
/// are removed.
public struct CORS: Control {
    /// `request.corsOrigin` for an origin that no rule allows.
    package static let foreignOrigin = -1
    /// `request.corsOrigin` for the request's own host: no cross-origin request at all.
    package static let ownOrigin = -2

    private let rules: CORSRules
    private let origins: OriginTable
    private let headers: NameList
    /// Fields of an actual response: per exact origin, then per pattern, or one for any origin.
    private let actual: [Fields]
    /// The same after `Vary: Origin`, for responses without a `Vary` of their own.
    private let actualVarying: [Fields]
    private let preflight: Fields

    /// Validates and renders the rules; what is insecure or can't work stops the start.
    /// - Parameters:
    ///   - origins: such as `https://app.example.com`. `https://*.example.com` allows every name
    ///     below, at any depth, but not `example.com` itself.
    ///   - credentials: whether pages may send cookies and other ambient credentials, and read the
    ///     answer.
    ///   - methods: beside GET, HEAD and POST, for which browsers do not ask.
    ///   - headers: request headers beyond those that browsers send without asking.
    ///   - expose: response headers that pages may read, beside the rate limit's, `Retry-After` and
    ///     `X-Request-ID`, which are always exposed (PITFALLS 89).
    ///   - maxAge: how long browsers remember a preflight; whole seconds, at most 24 hours
    ///     (Chromium stops at two).
    ///   - dangerouslyAllowHTTPOrigins: allows `http://` origins, which anybody on the network can
    ///     be; `http://localhost` too.
    ///   - dangerouslyAllowAnyOrigin: allows every page on earth; `origins` must then be empty, and
    ///     credentials stay forbidden.
    ///   - dangerouslyAllowPrivateNetwork: lets public pages of the listed origins reach this
    ///     server though it stands in a private network (Private Network Access).
    public init(
        origins: [String] = [], credentials: Bool = false,
        methods: [Method] = [.get, .head, .post], headers: [String] = [], expose: [String] = [],
        maxAge: Duration = .seconds(600), dangerouslyAllowHTTPOrigins: Bool = false,
        dangerouslyAllowAnyOrigin: Bool = false, dangerouslyAllowPrivateNetwork: Bool = false
    ) throws(ConfigurationError) {
        let rules = try CORSRules(
            origins: origins, credentials: credentials, methods: methods, headers: headers,
            expose: expose, maxAge: maxAge, allowsHTTP: dangerouslyAllowHTTPOrigins,
            allowsAny: dangerouslyAllowAnyOrigin,
            allowsPrivateNetwork: dangerouslyAllowPrivateNetwork)
        self.rules = rules
        self.origins = OriginTable(rules.origins)
        self.headers = NameList(rules.headers)
        actual = rules.renderedActual(varying: false)
        actualVarying = rules.renderedActual(varying: true)
        preflight = rules.renderedPreflight()
    }

    /// What is allowed though it is weak, for `gatehouse check`.
    package var warnings: [String] { rules.warnings }

    /// Judges the origin, and answers a preflight: it never reaches an upstream.
    public func before(_ request: Request) throws(Rejection) -> Response? {
        let head = request.head
        guard head.present.contains(FieldName.origin.id) else { return nil }
        guard let place = try head.only(.origin) else { return nil }
        let verdict = judge(head.bytes(place), request)
        request.corsOrigin = verdict
        guard request.method == .options,
            head.present.contains(FieldName.accessControlRequestMethod.id)
        else { return nil }
        if let why = try refusal(of: head, verdict) {
            request.corsOrigin = Self.foreignOrigin
            throw Rejection(403, .originNotAllowed, detail: "preflight: \(why)")
        }
        return answer(to: head)
    }

    /// Adds the CORS headers of an allowed origin, errors included, and `Vary`.
    public func after(_ request: Request, _ response: inout Response) {
        let isPreflight =
            request.method == .options && response.status == 204
            && request.corsOrigin ?? -1 >= 0
            && request.head.present.contains(FieldName.accessControlRequestMethod.id)
        if isPreflight { return }
        if response.fields.present.intersects(Self.owned) { response.fields.remove(Self.owned) }
        guard let verdict = request.corsOrigin, verdict >= 0 else {
            if !rules.allowsAny { response.fields.vary(on: "Origin") }
            return
        }
        if response.fields.present.contains(FieldName.vary.id) {
            if !rules.allowsAny { response.fields.vary(on: "Origin") }
            response.fields.append(actual[verdict])
        } else {
            response.fields.append(actualVarying[verdict])
        }
        appendOrigin(verdict, request, to: &response.fields)
    }

    private func judge(_ origin: RawSpan, _ request: Request) -> Int {
        if rules.allowsAny { return 0 }
        if let index = origins.index(of: origin) { return index }
        return request.isOwnOrigin(origin) ? Self.ownOrigin : Self.foreignOrigin
    }

    /// Why a preflight is refused, in words for the log, or nil.
    private func refusal(of head: MessageHead, _ verdict: Int) throws(Rejection) -> String? {
        if verdict < 0 { return "origin \(head.excerpt(.origin))" }
        guard let place = try head.only(.accessControlRequestMethod),
            rules.allows(method: head.bytes(place))
        else { return "method \(head.excerpt(.accessControlRequestMethod))" }
        var count = 0
        for line in head.lines where line.id == FieldName.accessControlRequestHeaders.id {
            guard headers.allows(head.bytes(line.value), count: &count) else {
                return "headers \(head.excerpt(.accessControlRequestHeaders))"
            }
        }
        if head.present.contains(FieldName.accessControlRequestPrivateNetwork.id),
            !rules.allowsPrivateNetwork
        {
            return "private network"
        }
        return nil
    }

    private func answer(to head: MessageHead) -> Response? {
        var response = Response(status: 204)
        response.fields = preflight
        if let place = head.value(.origin), !rules.allowsAny {
            response.fields.append(.accessControlAllowOrigin, trusted: head.bytes(place))
        }
        if head.present.contains(FieldName.accessControlRequestPrivateNetwork.id) {
            response.fields.append(.accessControlAllowPrivateNetwork, checked: "true")
        }
        return response
    }

    /// A pattern stands for many origins: the one that asked is echoed, after it matched byte by
    /// byte. Exact origins are rendered already.
    private func appendOrigin(_ verdict: Int, _ request: Request, to fields: inout Fields) {
        let head = request.head
        guard !rules.allowsAny, verdict >= origins.exactCount, let place = head.value(.origin)
        else { return }
        fields.append(.accessControlAllowOrigin, trusted: head.bytes(place))
    }

    private static let owned = FieldSet([
        .accessControlAllowOrigin, .accessControlAllowCredentials, .accessControlAllowMethods,
        .accessControlAllowHeaders, .accessControlExposeHeaders, .accessControlMaxAge,
        .accessControlAllowPrivateNetwork,
    ])
}
