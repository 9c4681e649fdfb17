package import GatehouseCore

/// Keys that change while tokens are checked: a key ring that rotates, or the set of another
/// issuer.
package protocol VerificationKeySource: AnyObject, Sendable {
    /// The keys of this moment; nil while there are none. Cheap: asked for each token that is not
    /// remembered.
    func keys() -> VerificationKeys?
    /// Changes whenever a key comes or goes. Asked for each request: one atomic load.
    var generation: UInt64 { get }
    /// Told when a token names a key that is not there: it may be new.
    func keyWasUnknown()
}

/// A set of keys that was checked, ready to be chosen from.
package final class VerificationKeys: Sendable {
    let ring: KeyRing

    /// Takes keys under the same rules as an issuer's.
    package init(_ keys: [VerificationKey]) throws(ConfigurationError) {
        ring = try KeyRing(keys)
    }
}

/// Where an issuer's keys come from.
enum IssuerKeys: Sendable {
    case fixed(KeyRing)
    case changing(any VerificationKeySource)

    /// The key for a token; with the generation that it was found in.
    func key(
        for header: borrowing JOSEHeader
    ) throws(TokenError) -> (key: VerificationKey, origin: KeyOrigin?) {
        switch self {
        case .fixed(let ring): return (try ring.key(for: header), nil)
        case .changing(let source):
            let origin = KeyOrigin(source: source, generation: source.generation)
            guard let keys = source.keys() else { throw .unknownKey }
            do throws(TokenError) { return (try keys.ring.key(for: header), origin) } catch {
                if error == .unknownKey { source.keyWasUnknown() }
                throw error
            }
        }
    }
}

/// The state of the keys that a token was checked with.
struct KeyOrigin: Sendable {
    let source: any VerificationKeySource
    let generation: UInt64

    /// Whether the keys are still the same.
    var isCurrent: Bool { source.generation == generation }
}
