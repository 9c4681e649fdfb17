public import GatehouseCore
import GatehouseValidation

/// Checks a JWS in compact form (RFC 7515) whose payload may be anything. For JWTs there is
/// `TokenVerifier`, which checks the claims too.
public struct JWSVerifier: Sendable {
    private let keys: KeyRing

    /// Takes keys under the same rules as an issuer's.
    /// - Throws: `ConfigurationError` for no key, or two that answer to the same text.
    public init(keys: [VerificationKey]) throws(ConfigurationError) {
        self.keys = try KeyRing(keys)
    }

    /// The payload of a text that one of the keys signed.
    public func verify(_ text: RawSpan) throws(TokenError) -> [UInt8] {
        let places = try CompactToken(text)
        var parts = DecodedToken()
        try parts.decode(text, places)
        var tape = JSONTape()
        let header = try JOSEHeader(tape.read(parts.header.raw, else: .header))
        var contexts = MACContexts()
        try keys.key(for: header).checkSignature(
            parts.signature.raw, of: text.slice(places.signed), using: &contexts)
        return parts.payload
    }
}
