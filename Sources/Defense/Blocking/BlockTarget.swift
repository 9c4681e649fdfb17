package import GatehouseCore

/// Who is blocked: an address or network, an account, an API key, or a session.
package enum BlockTarget: Hashable, Sendable, CustomStringConvertible {
    case network(IPNetwork)
    /// By the subject of its credentials.
    case account(String)
    /// By the id of the key, or of any credential (`jti`).
    case key(String)
    /// By its id (`sid`).
    case session(String)

    private static let nameBytesMax = 200

    /// Reads `192.0.2.7`, `2001:db8::/32`, `account:ID`, `key:ID` or `session:ID`.
    package init(_ text: String) throws(ConfigurationError) {
        for (prefix, make) in Self.kinds where text.hasPrefix(prefix + ":") {
            let name = String(text.dropFirst(prefix.utf8.count + 1))
            guard (1...Self.nameBytesMax).contains(name.utf8.count),
                name.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
            else {
                throw .invalid(
                    prefix, "needs an id of 1 to \(Self.nameBytesMax) bytes without spaces")
            }
            self = make(name)
            return
        }
        do throws(ConfigurationError) { self = .network(try IPNetwork(text)) } catch {
            guard !text.contains("/"), IPAddress(text) == nil,
                !text.utf8.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: ".") })
            else { throw error }
            throw .invalid(
                "target", "must be an address, a network, account:ID, key:ID or session:ID")
        }
    }

    private static let kinds: [(String, @Sendable (String) -> BlockTarget)] = [
        ("account", { .account($0) }), ("key", { .key($0) }), ("session", { .session($0) }),
    ]

    package var description: String {
        switch self {
        case .network(let network):
            network.bits == network.address.bitCount ? "\(network.address)" : "\(network)"
        case .account(let id): "account:\(id)"
        case .key(let id): "key:\(id)"
        case .session(let id): "session:\(id)"
        }
    }
}

/// One block, as people are told of it.
package struct BlockEntry: Hashable, Sendable {
    package let target: BlockTarget
    /// Why; at most 300 bytes.
    package let reason: String
    /// Who decided; at most 100 bytes.
    package let author: String
    package let made: WallTime
    /// When it ends by itself; nil for never.
    package let until: WallTime?

    package init(
        _ target: BlockTarget, reason: String, author: String, made: WallTime, until: WallTime?
    ) {
        self.target = target
        self.reason = reason.cut(to: Self.reasonBytesMax)
        self.author = author.cut(to: Self.authorBytesMax)
        self.made = made
        self.until = until
    }

    private static let reasonBytesMax = 300
    private static let authorBytesMax = 100
}

extension String {
    /// At most so many bytes, whole characters, no control characters: it is shown on terminals.
    fileprivate func cut(to bytesMax: Int) -> String {
        var result = ""
        var count = 0
        for scalar in unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
            let shown: Unicode.Scalar = isControl ? " " : scalar
            count += String(Character(shown)).utf8.count
            if count > bytesMax { break }
            result.unicodeScalars.append(shown)
        }
        return result
    }
}
