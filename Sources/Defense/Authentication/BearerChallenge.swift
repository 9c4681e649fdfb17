import GatehouseCore
import GatehouseHTTP

/// The `WWW-Authenticate` lines of RFC 6750 section 3, rendered once.
struct BearerChallenge: Sendable {
    /// No token was sent: the scheme and realm alone, no error.
    let missing: Fields
    /// The token is no good; not why.
    let invalid: Fields
    /// The token's time is over: the client should get another.
    let expired: Fields
    /// The token is good but does not reach that far.
    let insufficient: Fields

    /// The realm when none is given.
    static let defaultRealm = "gatehouse"

    init(realm: String) throws(ConfigurationError) {
        guard Self.isQuotable(realm) else {
            throw .invalid("realm", "needs 1 to 128 visible ASCII characters without \" and \\")
        }
        self.init(trusted: realm)
    }

    /// The challenges of the default realm.
    init() { self.init(trusted: Self.defaultRealm) }

    private init(trusted realm: String) {
        let base = #"Bearer realm="\#(realm)""#
        missing = Self.fields(base)
        invalid = Self.fields(
            base + #", error="invalid_token", error_description="The access token is not valid""#)
        expired = Self.fields(
            base + #", error="invalid_token", error_description="The access token expired""#)
        insufficient = Self.fields(base + #", error="insufficient_scope""#)
    }

    private static func isQuotable(_ realm: String) -> Bool {
        let isPlain = realm.utf8.allSatisfy {
            $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        return isPlain && (1...128).contains(realm.utf8.count)
    }

    private static func fields(_ value: String) -> Fields {
        var fields = Fields()
        let bytes = Array(value.utf8)
        fields.append(.wwwAuthenticate, trusted: bytes.raw)
        return fields
    }
}
