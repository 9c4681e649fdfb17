import GatehouseCore
import GatehouseCrypto
import GatehouseValidation

/// An issuer's keys. A token chooses by `kid`; what it finds must carry the token's `alg`.
struct KeyRing: Sendable {
    private let keys: [VerificationKey]

    /// Most keys of one issuer.
    static let keysMax = 100

    /// - Throws: when two keys would answer to the same token: which one counts must never depend
    ///   on their order.
    init(_ keys: [VerificationKey]) throws(ConfigurationError) {
        guard !keys.isEmpty else { throw .invalid("keys", "an issuer needs at least one key") }
        guard keys.count <= Self.keysMax else {
            throw .invalid("keys", "at most \(Self.keysMax) keys per issuer")
        }
        var names: Set<String> = []
        var algorithms: Set<SignatureAlgorithm> = []
        for key in keys {
            if let name = key.keyID {
                guard !name.isEmpty else { throw .invalid("kid", "must not be empty") }
                guard names.insert(name).inserted else {
                    throw .invalid("kid", "two keys are called \"\(name)\"; give each its own")
                }
            } else if !algorithms.insert(key.algorithm).inserted {
                throw .invalid(
                    "kid", "two \(key.algorithm.rawValue) keys without kid; give each its own")
            }
        }
        self.keys = keys
    }

    /// The one key for a token with this header.
    ///
    /// A token without `kid` fits only a key that was configured without one, and of those the one
    /// with the token's algorithm. An unknown `kid` never falls back to another key.
    func key(for header: borrowing JOSEHeader) throws(TokenError) -> VerificationKey {
        var found = false
        for key in keys where key.answers(to: header) {
            if key.algorithm == header.algorithm { return key }
            found = true
        }
        throw found ? .wrongAlgorithm : .unknownKey
    }
}
