/// Why a token was refused. For the log: clients learn "expired" or "invalid", nothing finer.
public enum TokenError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not the compact form of a JWT (RFC 7519): what is wrong with it.
    case malformed(Malformation)
    /// A header parameter that we never obey: which.
    case forbiddenHeader(Header)
    /// An algorithm that is unknown, or not the one that the key is pinned to. `none` is here.
    case wrongAlgorithm
    /// `typ` says that the token was made for something else (RFC 8725 section 3.11).
    case wrongType
    /// `iss` names nobody whose tokens are accepted.
    case unknownIssuer
    /// No key of the issuer has this `kid`, or the token has none and needs one.
    case unknownKey
    /// The signature is not the key's.
    case badSignature
    /// A claim that must be there is not.
    case missingClaim(Claim)
    /// A claim of another type or out of range: a date in milliseconds, for example.
    case malformedClaim(Claim)
    /// `aud` does not name us.
    case wrongAudience
    /// `nbf` is still to come.
    case notYetValid
    /// `iat` is still to come.
    case issuedInFuture
    /// `exp` has passed.
    case expired
    /// Older than the issuer's maximum age, whatever `exp` says.
    case tooOld

    /// Ways in which a text is no JWT.
    public enum Malformation: String, Sendable {
        /// Longer than 8 KiB.
        case tooLong = "longer than 8 KiB"
        /// Not three parts with two dots.
        case parts = "not three parts"
        /// A part that is not canonical base64url.
        case encoding = "not base64url"
        /// A header that is no JSON object, or has a parameter twice.
        case header = "the header is no strict JSON object"
        /// A payload that is no JSON object, or has a claim twice.
        case payload = "the payload is no strict JSON object"
    }

    /// Header parameters that a token must not carry: keys come from the configuration alone, and
    /// there is no extension that we know.
    public enum Header: String, Sendable, CaseIterable {
        /// A key inside the token (CVE-2018-0114).
        case jwk
        /// Where to fetch keys.
        case jku
        /// Where to fetch a certificate.
        case x5u
        /// A certificate inside the token.
        case x5c
        /// Extensions that must be understood; we know none.
        case crit
        /// An unencoded payload (RFC 7797).
        case b64
        /// Compression: of JWE only.
        case zip
    }

    /// Claims that are looked at.
    public enum Claim: String, Sendable {
        /// Issuer.
        case iss
        /// Subject.
        case sub
        /// Audience.
        case aud
        /// Expiry.
        case exp
        /// Not before.
        case nbf
        /// Issued at.
        case iat
        /// Token id.
        case jti
        /// Scopes, separated by spaces (RFC 8693 section 4.2).
        case scope
        /// Permissions, a list.
        case permissions
        /// The issuer's roles claim.
        case roles
        /// Session id (OpenID Connect Front-Channel Logout).
        case sid
        /// The account's session epoch; ours.
        case epoch
        /// The caller's tenant.
        case tenant
        /// Methods of authentication (RFC 8176).
        case amr
        /// Class of authentication (OpenID Connect Core section 2).
        case acr
        /// When the caller was authenticated.
        case authTime = "auth_time"
    }

    /// Whether it is time that makes the token bad: what a client may learn.
    public var isExpiry: Bool { self == .expired || self == .tooOld }

    /// A short text in fixed words; nothing of the token.
    public var description: String {
        switch self {
        case .malformed(let what): "malformed: \(what.rawValue)"
        case .forbiddenHeader(let name): "header parameter \(name.rawValue)"
        case .wrongAlgorithm: "algorithm is not the key's"
        case .wrongType: "wrong typ"
        case .unknownIssuer: "unknown issuer"
        case .unknownKey: "unknown key"
        case .badSignature: "bad signature"
        case .missingClaim(let name): "no \(name.rawValue)"
        case .malformedClaim(let name): "malformed or impossible \(name.rawValue)"
        case .wrongAudience: "wrong audience"
        case .notYetValid: "not yet valid"
        case .issuedInFuture: "issued in the future"
        case .expired: "expired"
        case .tooOld: "older than the maximum age"
        }
    }
}
