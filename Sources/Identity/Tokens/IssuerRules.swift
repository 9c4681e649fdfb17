import GatehouseCore
import GatehouseValidation

/// An issuer's rules, checked and ready to be applied to bytes.
struct IssuerRules: Sendable {
    let issuer: String
    let issuerBytes: [UInt8]
    let keys: IssuerKeys
    let rolesClaim: [UInt8]
    let claims: [(name: String, bytes: [UInt8])]
    private let audience: [[UInt8]]
    private let type: [UInt8]
    private let maxAge: Int64
    private let leeway: Int64

    init(_ issuer: TokenIssuer) throws(ConfigurationError) {
        guard !issuer.issuer.isEmpty else { throw .invalid("issuer", "must not be empty") }
        guard !issuer.audience.isEmpty, !issuer.audience.contains("") else {
            throw .invalid("audience", "name at least one audience, none of them empty")
        }
        guard issuer.maxAge > .zero, issuer.maxAge <= .seconds(3_650 * 86_400) else {
            throw .invalid("max-age", "must be more than 0 and at most 10 years")
        }
        guard issuer.leeway >= .zero, issuer.leeway <= .seconds(300) else {
            throw .invalid("leeway", "must be 0 to 5 minutes")
        }
        guard !issuer.rolesClaim.isEmpty else { throw .invalid("roles-claim", "must not be empty") }
        self.issuer = issuer.issuer
        issuerBytes = Array(issuer.issuer.utf8)
        audience = issuer.audience.map { Array($0.utf8) }
        type = Self.shortType(Array(issuer.type.utf8).raw)
        guard !type.isEmpty else { throw .invalid("type", "must not be empty") }
        rolesClaim = Array(issuer.rolesClaim.utf8)
        claims = issuer.claims.map { ($0, Array($0.utf8)) }
        maxAge = issuer.maxAge.nanoseconds
        leeway = issuer.leeway.nanoseconds
        if let source = issuer.keySource {
            guard issuer.keys.isEmpty else {
                throw .invalid("keys", "an issuer has fixed keys or a changing set, not both")
            }
            keys = .changing(source)
        } else {
            keys = .fixed(try KeyRing(issuer.keys))
        }
    }

    /// A media type in lower case without `application/` (RFC 7515 section 4.1.9).
    private static func shortType(_ text: RawSpan) -> [UInt8] {
        let prefix = Array("application/".utf8)
        let lower = text.array.map(\.asciiLowercased)
        let rest = lower.dropFirst(prefix.count)
        return lower.starts(with: prefix) && !rest.contains(UInt8(ascii: "/")) ? Array(rest) : lower
    }

    func checkType(_ header: borrowing JOSEHeader) throws(TokenError) {
        guard let found = header.type else { throw .wrongType }
        let text = found.text
        // Escapes in a media type have no honest use.
        guard Self.isType(text, type) || Self.shortType(text) == type else { throw .wrongType }
    }

    private static func isType(_ text: RawSpan, _ type: [UInt8]) -> Bool {
        guard text.byteCount == type.count else { return false }
        for index in 0..<type.count where text.byte(index).asciiLowercased != type[index] {
            return false
        }
        return true
    }

    func checkAudience(_ value: JSONValue) throws(TokenError) {
        if value.kind == .string {
            guard names(value) else { throw .wrongAudience }
            return
        }
        guard value.kind == .array else { throw .malformedClaim(.aud) }
        var isFound = false
        var elements = value.elements
        while let element = elements.next() {
            guard element.kind == .string else { throw .malformedClaim(.aud) }
            if names(element) { isFound = true }
        }
        guard isFound else { throw .wrongAudience }
    }

    private func names(_ value: JSONValue) -> Bool {
        for name in audience where value.equals(name.raw) { return true }
        return false
    }

    /// When a token with these dates is good: from the first moment up to, but not at, the last.
    func window(issued: WallTime, notBefore: WallTime?, expires: WallTime) -> TokenWindow {
        let oldest = issued.nanoseconds.saturatingAdd(maxAge)
        return TokenWindow(
            issued: issued.nanoseconds.saturatingAdd(-leeway),
            start: (notBefore ?? issued).nanoseconds.saturatingAdd(-leeway),
            expiry: expires.nanoseconds.saturatingAdd(leeway),
            oldest: oldest.saturatingAdd(leeway))
    }
}

/// When a token is good, in nanoseconds since 1970 with the leeway already counted in.
struct TokenWindow: Sendable {
    let issued: Int64
    let start: Int64
    let expiry: Int64
    let oldest: Int64

    /// The first moment at which the token is no good any more.
    var end: WallTime { WallTime(nanoseconds: min(expiry, oldest)) }

    /// Whether the token is good at `now`; the same question as `check`, for the cache.
    @inline(__always)
    func contains(_ now: WallTime) -> Bool {
        let now = now.nanoseconds
        return now >= issued && now >= start && now < expiry && now < oldest
    }

    func check(_ now: WallTime) throws(TokenError) {
        let now = now.nanoseconds
        guard now < expiry else { throw .expired }
        guard now < oldest else { throw .tooOld }
        guard now >= issued else { throw .issuedInFuture }
        guard now >= start else { throw .notYetValid }
    }
}

extension Int64 {
    func saturatingAdd(_ other: Int64) -> Int64 {
        let (sum, overflowed) = addingReportingOverflow(other)
        return overflowed ? (other > 0 ? .max : .min) : sum
    }
}
