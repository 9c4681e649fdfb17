import GatehouseCore
import GatehouseHTTP

/// The settings of CORS after every check, and what they render to.
struct CORSRules: Sendable {
    let origins: [WebOrigin]
    let credentials: Bool
    let methods: [Method]
    let headers: [String]
    let expose: [String]
    let maxAge: Int
    let allowsAny: Bool
    let allowsPrivateNetwork: Bool
    private let methodBytes: [[UInt8]]

    /// Most names in `headers` and in `expose`.
    static let namesMax = 128
    /// A day: Firefox forgets after it.
    static let maxAgeMax = 86_400

    init(
        origins: [String], credentials: Bool, methods: [Method], headers: [String],
        expose: [String], maxAge: Duration, allowsHTTP: Bool, allowsAny: Bool,
        allowsPrivateNetwork: Bool
    ) throws(ConfigurationError) {
        if allowsAny {
            guard origins.isEmpty || origins == ["*"] else {
                throw .invalid("origins", "any origin is allowed already; empty the list")
            }
            guard !credentials else {
                throw .invalid(
                    "credentials",
                    "any origin with credentials gives every page its visitors' "
                        + "data; name the origins")
            }
            guard !allowsPrivateNetwork else {
                throw .invalid(
                    "dangerouslyAllowPrivateNetwork", "needs named origins, not any origin")
            }
            self.origins = []
        } else {
            self.origins = try Self.checked(origins, credentials, allowsHTTP)
        }
        self.credentials = credentials
        self.methods = try CORSNames.checked(methods)
        self.headers = try CORSNames.checkedHeaders(headers)
        self.expose = try CORSNames.checkedExposed(expose)
        self.maxAge = try Self.checked(maxAge)
        self.allowsAny = allowsAny
        self.allowsPrivateNetwork = allowsPrivateNetwork
        // Browsers take GET, HEAD and POST as allowed whatever we answer (Fetch, section 4.9).
        methodBytes = (self.methods + [.get, .head, .post]).map { Array($0.rawValue.utf8) }
    }

    func allows(method: RawSpan) -> Bool {
        for known in methodBytes where method.equals(known.raw) { return true }
        return false
    }

    /// What is allowed though it is weak.
    var warnings: [String] {
        var result = origins.filter { $0.scheme == "http" }
            .map { "cors: \($0.text) can be anybody on its network" }
        if allowsAny { result.append("cors: every page on earth may read responses") }
        if credentials {
            result += origins.filter(\.isPattern)
                .map { "cors: a takeover of any name under \($0.text) reads users' data" }
        }
        return result
    }

    private static func checked(
        _ texts: [String], _ credentials: Bool, _ allowsHTTP: Bool
    ) throws(ConfigurationError) -> [WebOrigin] {
        guard !texts.isEmpty else { throw .invalid("origins", "names no origin") }
        guard texts.count <= OriginTable.originsMax else {
            throw .invalid("origins", "names more than \(OriginTable.originsMax) origins")
        }
        var result: [WebOrigin] = []
        let suffixes = PublicSuffixes(
            listAt: texts.contains { $0.contains("*.") } ? PublicSuffixes.systemList : nil)
        for text in texts {
            guard text != "*" else {
                throw .invalid(
                    "origins",
                    credentials
                        ? "* with credentials is refused by browsers; name the origins"
                        : "* lets every page on earth read responses; name the origins, or "
                            + "allow any, loudly")
            }
            let origin = try WebOrigin(text, key: "origins")
            guard origin.scheme == "https" || allowsHTTP else {
                throw .invalid(
                    "origins",
                    "\"\(text)\" is plain HTTP: anybody on the way can speak for it; "
                        + "write https://, or allow plain origins, loudly")
            }
            if origin.isPattern, suffixes.contains(origin.host) {
                throw .invalid(
                    "origins",
                    "\"\(text)\" covers names of strangers: \(origin.host) is a public "
                        + "suffix; name the registered domain")
            }
            result.append(origin)
        }
        if let twice = result.map(\.text).firstDuplicate {
            throw .invalid("origins", "\"\(twice)\" stands twice; remove one")
        }
        return result
    }

    private static func checked(_ maxAge: Duration) throws(ConfigurationError) -> Int {
        let (seconds, rest) = maxAge.components
        guard rest == 0, (0...Int64(maxAgeMax)).contains(seconds) else {
            throw .invalid("max-age", "needs whole seconds from 0 to \(maxAgeMax)")
        }
        return Int(seconds)
    }
}

extension CORSRules {
    /// Fields of an actual response: per exact origin, per pattern, or one for any origin.
    /// - Parameter varying: whether `Vary: Origin` stands before them.
    func renderedActual(varying: Bool) -> [Fields] {
        if allowsAny { return [rendered(origin: "*", varying: false)] }
        return origins.filter { !$0.isPattern }
            .map { rendered(origin: $0.text, varying: varying) }
            + origins.filter(\.isPattern).map { _ in rendered(origin: nil, varying: varying) }
    }

    private func rendered(origin: String?, varying: Bool) -> Fields {
        var fields = Fields()
        if varying { fields.append(.vary, checked: "Origin") }
        if let origin { fields.append(.accessControlAllowOrigin, checked: origin) }
        if credentials { fields.append(.accessControlAllowCredentials, checked: "true") }
        fields.append(.accessControlExposeHeaders, checked: expose.joined(separator: ", "))
        return fields
    }

    /// Fields of the answer to a preflight, without the origin unless that is `*`.
    func renderedPreflight() -> Fields {
        var fields = Fields()
        if allowsAny { fields.append(.accessControlAllowOrigin, checked: "*") }
        if credentials { fields.append(.accessControlAllowCredentials, checked: "true") }
        fields.append(
            .accessControlAllowMethods, checked: methods.map(\.rawValue).joined(separator: ", "))
        if !headers.isEmpty {
            fields.append(
                .accessControlAllowHeaders, checked: headers.joined(separator: ", "))
        }
        fields.append(.accessControlMaxAge, checked: "\(maxAge)")
        let origin = allowsAny ? "" : "Origin, "
        fields.append(
            .vary,
            checked: origin + "Access-Control-Request-Method, Access-Control-Request-Headers"
                + (allowsPrivateNetwork ? ", Access-Control-Request-Private-Network" : ""))
        return fields
    }
}
