public import GatehouseCore
import GatehouseCrypto
import GatehouseValidation

/// Keys of an issuer from a JWK Set (RFC 7517 section 5), such as the file behind its `jwks_uri`.
///
/// Each key ends up pinned to one algorithm: its `alg`, or the only one that its kind can do
/// (P-256: ES256, Ed25519: EdDSA); an RSA key must say. Keys for encryption, and kinds that we
/// don't know, are passed over as the RFC asks; a key that is broken or weak stops the start.
public struct JWKSet: Sendable {
    /// The keys that check signatures.
    public let keys: [VerificationKey]
    /// How many keys were passed over.
    public let skipped: Int

    /// Most bytes of a set.
    public static let bytesMax = ByteCount.mebibytes(1)

    /// Reads a set of public keys.
    /// - Parameter allowsSecrets: takes shared secrets (`oct`) too; never together with public
    ///   keys, because a file that is meant to be public must not hold them.
    /// - Throws: `ConfigurationError` that names the key by its place, never its content.
    public init(_ json: RawSpan, allowsSecrets: Bool = false) throws(ConfigurationError) {
        try self.init(json, allowsSecrets: allowsSecrets, skipsBroken: false)
    }

    /// Reads the set of somebody else, whose broken keys are passed over like unknown kinds: one
    /// of them must not take the others away.
    package init(
        _ json: RawSpan, allowsSecrets: Bool = false, skipsBroken: Bool
    ) throws(ConfigurationError) {
        var tape = JSONTape()
        var limits = JSONLimits()
        limits.bytesMax = Self.bytesMax
        let root: JSONValue
        do throws(JSONError) { root = try tape.parse(json, limits: limits) } catch {
            throw .invalid("jwks", "no valid JSON: \(error)")
        }
        guard root.kind == .object, let list = root["keys"], list.kind == .array else {
            throw .invalid("jwks", "a JWK Set is expected: {\"keys\": [...]}")
        }
        var keys: [VerificationKey] = []
        var elements = list.elements
        while let element = elements.next() {
            do throws(ConfigurationError) {
                if let key = try Self.key(element, allowsSecrets) { keys.append(key) }
            } catch {
                guard skipsBroken else { throw error }
            }
        }
        guard !keys.isEmpty else { throw .invalid("jwks", "holds no key that checks signatures") }
        guard Set(keys.map(\.algorithm.isSymmetric)).count == 1 else {
            throw .invalid("jwks", "mixes shared secrets and public keys; keep them apart")
        }
        self.keys = keys
        skipped = list.count - keys.count
    }

    private static func key(
        _ element: JSONValue, _ allowsSecrets: Bool
    ) throws(ConfigurationError) -> VerificationKey? {
        let place = "jwks: the key at byte \(element.offset)"
        do throws(KeyError) {
            let key = try VerificationKey(jwk: element)
            if let key, key.algorithm.isSymmetric, !allowsSecrets {
                throw .unsupported("a shared secret (oct); list it under `keys` instead")
            }
            return key
        } catch { throw .invalid(place, error.description) }
    }
}
