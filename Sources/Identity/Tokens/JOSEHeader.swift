import GatehouseCore
import GatehouseCrypto
import GatehouseValidation

/// The protected header of a JWS, as far as it is obeyed: it may choose among keys that we have,
/// and nothing else.
struct JOSEHeader: ~Escapable {
    let algorithm: SignatureAlgorithm
    let keyID: JSONValue?
    let type: JSONValue?

    @_lifetime(copy root)
    init(_ root: JSONValue) throws(TokenError) {
        guard root.kind == .object else { throw .malformed(.header) }
        try Self.refuseForbidden(root)
        guard let name = root["alg"], name.kind == .string else { throw .malformed(.header) }
        guard let algorithm = Self.algorithm(name) else { throw .wrongAlgorithm }
        self.algorithm = algorithm
        keyID = root["kid"]
        type = root["typ"]
        if let keyID, keyID.kind != .string { throw .malformed(.header) }
        if let type, type.kind != .string { throw .malformed(.header) }
    }

    private static func refuseForbidden(_ root: JSONValue) throws(TokenError) {
        var members = root.members
        while let member = members.next() {
            if member.name.equals("jwk") { throw .forbiddenHeader(.jwk) }
            if member.name.equals("jku") { throw .forbiddenHeader(.jku) }
            if member.name.equals("x5u") { throw .forbiddenHeader(.x5u) }
            if member.name.equals("x5c") { throw .forbiddenHeader(.x5c) }
            if member.name.equals("crit") { throw .forbiddenHeader(.crit) }
            if member.name.equals("b64") { throw .forbiddenHeader(.b64) }
            if member.name.equals("zip") { throw .forbiddenHeader(.zip) }
        }
    }

    /// The algorithm of exactly this name: `hs256` and `noNE` are no algorithms.
    static func algorithm(_ name: JSONValue) -> SignatureAlgorithm? {
        for (text, algorithm) in names where name.equals(text) { return algorithm }
        return nil
    }

    private static let names: [(StaticString, SignatureAlgorithm)] = [
        ("HS256", .hs256), ("RS256", .rs256), ("ES256", .es256), ("PS256", .ps256),
        ("EdDSA", .ed25519), ("Ed25519", .ed25519), ("HS384", .hs384), ("HS512", .hs512),
        ("RS384", .rs384), ("RS512", .rs512), ("ES384", .es384), ("ES512", .es512),
        ("PS384", .ps384), ("PS512", .ps512), ("Ed448", .ed448),
    ]
}
