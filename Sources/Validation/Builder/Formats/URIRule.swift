import GatehouseCore

/// A URI as RFC 3986 has it.
public struct URIRule: Sendable {
    /// What stands before the path.
    public enum Form: Sendable {
        /// A scheme must.
        case absolute
        /// A scheme may.
        case any
        /// A scheme must not.
        case relative
    }

    /// Default: absolute.
    public var form = Form.absolute
    /// Schemes that are allowed, in any case of letters; empty for all.
    public var schemes: [String] = []
    /// Whether `[` and `]` may stand in the query. Default false.
    public var allowsBracketsInQuery = false
    /// What the host must be; nil for all that RFC 3986 allows.
    public var domain: DomainRule?
    /// Patterns that the whole scheme must match one of, beside the names.
    var schemePatterns: [SchemaPattern] = []
    /// Schemes must be written as they are here, as Joi wants it.
    package var isCaseSensitive = false

    /// Any absolute URI.
    public init() {}

    private static let hostMax = 255

    package func failure(_ text: RawSpan) -> StaticString? {
        switch check(text) {
        case .fits: nil
        case .badDomain: "string.domain"
        case .differs:
            form == .relative
                ? "string.uriRelativeOnly"
                : hasSchemes ? "string.uriCustomScheme" : "string.uri"
        }
    }

    private var hasSchemes: Bool { !schemes.isEmpty || !schemePatterns.isEmpty }

    private enum Outcome { case fits, differs, badDomain }

    private func check(_ text: RawSpan) -> Outcome {
        guard text.byteCount > 0 else { return .differs }
        let fragment = text.firstIndex(of: UInt8(ascii: "#")) ?? text.byteCount
        let query = text.firstIndex(of: UInt8(ascii: "?")) ?? text.byteCount
        let pathEnd = min(fragment, query)
        if fragment < text.byteCount {
            guard isQuery(text.extracting((fragment &+ 1)..<text.byteCount), brackets: false)
            else { return .differs }
        }
        if query < fragment {
            let part = text.extracting((query &+ 1)..<fragment)
            guard isQuery(part, brackets: allowsBracketsInQuery) else { return .differs }
        }
        let hierarchy = text.extracting(0..<pathEnd)
        if form != .relative, let colon = schemeEnd(hierarchy) {
            let rest = hierarchy.extracting((colon &+ 1)..<pathEnd)
            if isEmptyWebAddress(hierarchy, colon, text) { return .differs }
            if let outcome = checkPart(rest, isAbsolute: true) { return outcome }
        }
        if form != .absolute, let outcome = checkPart(hierarchy, isAbsolute: false) {
            return outcome
        }
        return .differs
    }

    /// `http:/` and `http:///`: a web address without a host.
    private func isEmptyWebAddress(_ text: RawSpan, _ colon: Int, _ whole: RawSpan) -> Bool {
        let scheme = text.extracting(0..<colon)
        guard scheme.equals("http") || scheme.equals("https") else { return false }
        let rest = whole.extracting((colon &+ 1)..<whole.byteCount)
        if rest.equals("/") { return true }
        return rest.byteCount >= 3 && rest.extracting(0..<3).equals("///")
    }

    /// Where the scheme ends, if there is one and it is allowed.
    private func schemeEnd(_ text: RawSpan) -> Int? {
        guard text.byteCount > 1, text.byte(0).isASCIILetter else { return nil }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        for index in 1..<max(colon, 1) {
            let byte = text.byte(index)
            let isMark =
                byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            guard byte.isASCIIAlphanumeric || isMark else { return nil }
        }
        if !hasSchemes { return colon }
        let scheme = text.extracting(0..<colon).array
        for pattern in schemePatterns
        where pattern.groups(in: SchemaText(utf8: scheme))?.first
            == SchemaText(utf8: scheme)
        {
            return colon
        }
        let isAllowed = schemes.contains { name in
            let name = Array(name.utf8)
            if isCaseSensitive { return name == scheme }
            return name.map(\.asciiLowercased) == scheme.map(\.asciiLowercased)
        }
        return isAllowed ? colon : nil
    }

    /// `//authority/path`, `/path`, `path`; nil if it is none of them.
    private func checkPart(_ text: RawSpan, isAbsolute: Bool) -> Outcome? {
        let slash = UInt8(ascii: "/")
        if text.byteCount >= 2, text.byte(0) == slash, text.byte(1) == slash {
            let start = 2
            let end = text.firstIndex(of: slash, from: start) ?? text.byteCount
            if isAbsolute, end == start {
                // `file:///path` has no authority.
                return isPath(text.extracting(start..<text.byteCount)) && text.byteCount > 2
                    ? .fits : nil
            }
            guard isPath(text.extracting(end..<text.byteCount)) else { return nil }
            return checkAuthority(text.extracting(start..<end))
        }
        guard isPath(text) else { return nil }
        if text.byteCount == 0 { return isAbsolute ? nil : .fits }
        if isAbsolute || text.byte(0) == slash { return .fits }
        // A relative path must not look like a scheme (RFC 3986 section 4.2).
        let first = text.firstIndex(of: slash) ?? text.byteCount
        return text.extracting(0..<first).firstIndex(of: UInt8(ascii: ":")) == nil ? .fits : nil
    }

    private func checkAuthority(_ text: RawSpan) -> Outcome? {
        var start = 0
        if let at = text.lastIndex(of: UInt8(ascii: "@")) {
            for index in 0..<at {
                let byte = text.byte(index)
                guard byte.isURIPathByte, byte != UInt8(ascii: "@") else { return nil }
            }
            start = at &+ 1
        }
        let rest = text.extracting(start..<text.byteCount)
        var hostEnd = rest.byteCount
        if let bracket = rest.lastIndex(of: UInt8(ascii: "]")) {
            hostEnd = bracket &+ 1
        } else if let colon = rest.lastIndex(of: UInt8(ascii: ":")) {
            hostEnd = colon
        }
        if hostEnd < rest.byteCount {
            guard rest.byte(hostEnd) == UInt8(ascii: ":") else { return nil }
            for index in (hostEnd &+ 1)..<rest.byteCount where !rest.byte(index).isDigit {
                return nil
            }
        }
        let host = rest.extracting(0..<hostEnd)
        guard isHost(host) else { return nil }
        if let domain, !domain.accepts(host) { return .badDomain }
        return .fits
    }

    private func isHost(_ host: RawSpan) -> Bool {
        guard host.byteCount > 0 else { return false }
        if host.byte(0) == UInt8(ascii: "[") {
            guard host.byteCount > 2, host.byte(host.byteCount &- 1) == UInt8(ascii: "]") else {
                return false
            }
            var rule = IPRule(isCompatible: true)
            rule.versions = [.ipv6, .future]
            return rule.failure(host.extracting(1..<(host.byteCount &- 1))) == nil
        }
        guard host.byteCount <= Self.hostMax else { return false }
        return host.isMade {
            $0.isURIUnreserved || $0.isURISubDelimiter || $0 == UInt8(ascii: "%")
        }
    }

    private func isPath(_ text: RawSpan) -> Bool {
        for index in 0..<text.byteCount {
            let byte = text.byte(index)
            guard byte.isURIPathByte || byte == UInt8(ascii: "/") else { return false }
        }
        return true
    }

    private func isQuery(_ text: RawSpan, brackets: Bool) -> Bool {
        for index in 0..<text.byteCount {
            let byte = text.byte(index)
            if byte.isURIPathByte || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") {
                continue
            }
            guard brackets, byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]") else {
                return false
            }
        }
        return true
    }

    /// The text with all that a URI may not hold percent-encoded, as `encodeURI` does; what is
    /// encoded already stays.
    static func encoded(_ text: SchemaText) -> SchemaText {
        var output: [UInt8] = []
        for byte in text.utf8 {
            let isKept =
                byte.isURIPathByte || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?")
                || byte == UInt8(ascii: "#")
            if isKept {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "%"))
                output += Array(String(byte >> 4, radix: 16, uppercase: true).utf8)
                output += Array(String(byte & 15, radix: 16, uppercase: true).utf8)
            }
        }
        return SchemaText(utf8: output)
    }
}

extension UInt8 {
    /// What RFC 3986 calls `pchar`, where a percent sign counts as itself.
    var isURIPathByte: Bool {
        isURIUnreserved || isURISubDelimiter || self == UInt8(ascii: "%")
            || self == UInt8(ascii: ":") || self == UInt8(ascii: "@")
    }
}
