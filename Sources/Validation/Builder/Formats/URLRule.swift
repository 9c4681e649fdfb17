import GatehouseCore

/// The address of something on the web, as people type it.
public struct URLRule: Sendable {
    /// Schemes that are allowed, in lower case. Default `http`, `https`, `ftp`.
    public var schemes: Set<String> = ["http", "https", "ftp"]
    /// Whether a scheme that is not in the list is refused. Default true.
    public var checksScheme = true
    /// Whether a scheme must be there. Default false.
    public var needsScheme = false
    /// Whether a host must be there. Default true.
    public var needsHost = true
    /// Whether a port must be there. Default false.
    public var needsPort = false
    /// Whether `//host` is accepted. Default false.
    public var allowsSchemeRelative = false
    /// Whether `user:password@` is refused. Default false.
    public var refusesUserInfo = false
    /// Whether `#` is accepted. Default true.
    public var allowsFragment = true
    /// Whether `?` is accepted. Default true.
    public var allowsQuery = true
    /// Characters of the whole; nil for any. Default 2,084.
    public var lengthMax: Int? = 2_084
    /// What the host must be, if it is no address.
    public var domain: DomainRule
    /// Hosts that are the only ones; nil for all.
    public var hostsAllowed: Set<String>?
    /// Hosts that are refused.
    public var hostsRefused: Set<String> = []

    /// Web addresses with a host that has a top-level domain.
    public init() {
        domain = DomainRule()
        domain.needsRealTopLevel = true
    }

    package func accepts(_ text: RawSpan) -> Bool {
        guard text.byteCount > 0, text.length(in: .utf16) <= lengthMax ?? .max else {
            return false
        }
        for index in 0..<text.byteCount {
            let byte = text.byte(index)
            if byte.isSpace || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") {
                return false
            }
        }
        if hasUnicodeSpace(text) { return false }
        let fragment = text.firstIndex(of: UInt8(ascii: "#"))
        if !allowsFragment, fragment != nil { return false }
        if !allowsQuery, text.firstIndex(of: UInt8(ascii: "?")) != nil { return false }
        if !allowsQuery, text.firstIndex(of: UInt8(ascii: "&")) != nil { return false }
        var end = fragment ?? text.byteCount
        if let query = text.extracting(0..<end).firstIndex(of: UInt8(ascii: "?")) { end = query }
        return acceptsHierarchy(text.extracting(0..<end))
    }

    private func hasUnicodeSpace(_ text: RawSpan) -> Bool {
        if text.isASCII { return false }
        return String(lossy: text).unicodeScalars.contains { $0.isScriptSpace }
    }

    /// Scheme and what stands behind it, up to the query.
    private func acceptsHierarchy(_ text: RawSpan) -> Bool {
        var start = 0
        if let colon = schemeEnd(text) {
            let scheme = String(decoding: text.extracting(0..<colon).array, as: UTF8.self)
                .lowercased()
            if scheme == "mailto" { return false }
            if checksScheme, !schemes.contains(scheme) { return false }
            start = colon &+ 3
        } else if needsScheme {
            return false
        } else if text.byteCount > 1, text.byte(0) == 0x2F, text.byte(1) == 0x2F {
            guard allowsSchemeRelative else { return false }
            start = 2
        }
        guard start < text.byteCount, start > 0 || !looksLikeScheme(text) else { return false }
        let end = text.firstIndex(of: UInt8(ascii: "/"), from: start) ?? text.byteCount
        let authority = text.extracting(start..<end)
        if authority.byteCount == 0 { return !needsHost }
        return acceptsAuthority(authority)
    }

    /// Whether browsers could take what stands before an `@` for a scheme and run what follows:
    /// `javascript:alert(1)@example.com`. Without `//`, user and password must be plain.
    private func looksLikeScheme(_ text: RawSpan) -> Bool {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return false }
        let name = text.extracting(0..<colon)
        for scheme in Self.dangerousSchemes where name.equalsIgnoringCase(scheme) { return true }
        guard let at = text.firstIndex(of: UInt8(ascii: "@")), at > colon else { return false }
        for index in 0..<at {
            let byte = text.byte(index)
            if !byte.isURIUnreserved, byte != UInt8(ascii: ":") { return true }
        }
        return false
    }

    private static let dangerousSchemes: [StaticString] = [
        "javascript", "vbscript", "data", "mailto", "blob", "file", "about", "tel",
    ]

    /// The colon of `scheme://`; a colon without slashes may be a port's.
    private func schemeEnd(_ text: RawSpan) -> Int? {
        var index = 0
        while index &+ 2 < text.byteCount {
            if text.byte(index) == UInt8(ascii: ":"), text.byte(index &+ 1) == 0x2F,
                text.byte(index &+ 2) == 0x2F
            {
                return index
            }
            index &+= 1
        }
        return nil
    }

    private func acceptsAuthority(_ text: RawSpan) -> Bool {
        var start = 0
        if let at = text.firstIndex(of: UInt8(ascii: "@")) {
            if refusesUserInfo || !acceptsUserInfo(text.extracting(0..<at)) { return false }
            start = at &+ 1
        }
        let place = text.extracting(start..<text.byteCount)
        if place.byteCount > 0, place.byte(0) == UInt8(ascii: "[") {
            guard let bracket = place.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let behind = place.extracting((bracket &+ 1)..<place.byteCount)
            guard behind.byteCount == 0 ? !needsPort : acceptsPort(behind) else { return false }
            return acceptsHost(place.extracting(1..<bracket), isLiteral: true)
        }
        let colon = place.firstIndex(of: UInt8(ascii: ":")) ?? place.byteCount
        let behind = place.extracting(colon..<place.byteCount)
        guard behind.byteCount <= 1 ? !needsPort : acceptsPort(behind) else { return false }
        return acceptsHost(place.extracting(0..<colon), isLiteral: false)
    }

    private func acceptsUserInfo(_ text: RawSpan) -> Bool {
        guard text.byteCount > 0 else { return false }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return true }
        return text.byteCount > 1 && text.firstIndex(of: UInt8(ascii: ":"), from: colon &+ 1) == nil
    }

    /// A colon and a port from 1 to 65535.
    private func acceptsPort(_ text: RawSpan) -> Bool {
        guard text.byteCount > 1, text.byte(0) == UInt8(ascii: ":") else { return false }
        var port = 0
        for index in 1..<text.byteCount {
            guard text.byte(index).isDigit else { return false }
            port = min(port * 10 + Int(text.byte(index) &- 0x30), 100_000)
        }
        return (1...65_535).contains(port)
    }

    private func acceptsHost(_ host: RawSpan, isLiteral: Bool) -> Bool {
        let name = SchemaText(utf8: host.array).lowercased.string
        if let hostsAllowed { return hostsAllowed.contains(name) }
        if host.byteCount == 0 { return !needsHost }
        if hostsRefused.contains(name) { return false }
        var rule = IPRule()
        if isLiteral {
            rule.versions = [.ipv6]
            return rule.failure(host) == nil
        }
        return rule.failure(host) == nil || domain.accepts(host)
    }
}
