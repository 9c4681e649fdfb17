public import GatehouseCore

/// A shared secret for HMAC (RFC 2104) with one hash.
public final class HMACKey: Sendable {
    /// The hash.
    public let algorithm: HashAlgorithm
    let secret: Redacted<[UInt8]>

    /// A key of at least the hash's length, as RFC 7518 section 3.2 demands.
    /// - Throws: `KeyError.tooShort`, also for an empty secret.
    public init(_ secret: Redacted<[UInt8]>, algorithm: HashAlgorithm) throws(KeyError) {
        let count = secret.dangerouslyRevealed.count
        guard count >= algorithm.byteCount else {
            throw .tooShort(bits: count * 8, bitsMin: algorithm.byteCount * 8)
        }
        self.secret = secret
        self.algorithm = algorithm
    }

    init(unchecked secret: [UInt8], algorithm: HashAlgorithm) {
        self.secret = Redacted(secret)
        self.algorithm = algorithm
    }
}
