import GatehouseCore
import GatehouseCrypto

/// A random text that stands for a right: links, challenges, devices and API keys. It has 256
/// random bits; what is kept is its SHA-256, from which nobody can make it.
enum OpaqueSecret {
    private static let bytes = 32
    private static let lengthMax = 200

    /// A new secret.
    static func make() -> String { Base64URL.encode(SecureRandom.bytes(bytes).raw) }

    /// A new name that is no secret: 128 random bits.
    static func makeName() -> String { Base64URL.encode(SecureRandom.bytes(16).raw) }

    /// What is kept of a secret; nil for a text that none can be.
    static func hash(_ text: String) -> [UInt8]? {
        guard !text.isEmpty, text.utf8.count <= lengthMax else { return nil }
        return HashAlgorithm.sha256.hash(Array(text.utf8).raw)
    }
}
