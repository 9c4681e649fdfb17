import GatehouseCore
import GatehouseCrypto

/// A refresh token: session, generation and a MAC over both and the session's nonce.
///
/// Nothing of it is kept, so that nothing can be stolen from the database; and its successor
/// follows from it, so that everybody who asks twice for a lost answer gets the same one.
struct RefreshToken: Equatable, Sendable {
    let session: [UInt8]
    let generation: UInt32
    private let tag: [UInt8]

    private static let prefix = "gr1_"
    private static let sessionBytes = 16
    private static let tagBytes = 32

    /// The token of a session's generation.
    init(session: [UInt8], generation: UInt32, nonce: [UInt8], key: Redacted<[UInt8]>) {
        self.session = session
        self.generation = generation
        tag = Self.tag(session, generation, nonce, key)
    }

    /// Reads a token; that it is well-formed says nothing yet.
    init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), text.utf8.count <= 200,
            let bytes = Base64URL.decode(Array(text.dropFirst(Self.prefix.count).utf8).raw),
            bytes.count == Self.sessionBytes + 4 + Self.tagBytes
        else { return nil }
        session = Array(bytes.prefix(Self.sessionBytes))
        generation = bytes[Self.sessionBytes..<Self.sessionBytes + 4]
            .reduce(0) { $0 << 8 | UInt32($1) }
        tag = Array(bytes.suffix(Self.tagBytes))
    }

    /// Whether it was made by us, for this session.
    func isAuthentic(nonce: [UInt8], key: Redacted<[UInt8]>) -> Bool {
        let expected = Self.tag(session, generation, nonce, key)
        return ConstantTime.equal(expected.raw, tag.raw)
    }

    /// The session's name in claims and lists.
    var sessionID: String { Base64URL.encode(session.raw) }

    /// What the client gets.
    var text: Redacted<String> {
        let bytes = session + Self.word(generation) + tag
        return Redacted(Self.prefix + Base64URL.encode(bytes.raw))
    }

    private static func word(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) }
    }

    private static func tag(
        _ session: [UInt8], _ generation: UInt32, _ nonce: [UInt8], _ key: Redacted<[UInt8]>
    ) -> [UInt8] {
        OneTimeMAC.sha256.authenticate(session + word(generation) + nonce, key: key)
    }
}
