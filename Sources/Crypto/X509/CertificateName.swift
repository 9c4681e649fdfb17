import Glibc

/// A name that a certificate may carry: a host name, a wildcard one label deep, or an IP address.
enum CertificateName: Hashable, Sendable {
    case host(String)
    case wildcard(parent: String)
    case address(String)

    /// Most bytes of a host name (RFC 1035 section 2.3.4), without the last dot.
    private static let hostBytesMax = 253
    private static let labelBytesMax = 63

    /// Reads letters, digits, hyphens and dots, or an address; nil for everything else, so that no
    /// name can smuggle a second one into an extension's text.
    init?(_ text: String) {
        if let address = Self.address(text) {
            self = .address(address)
            return
        }
        let folded = text.lowercased()
        let isWildcard = folded.hasPrefix("*.")
        let host = isWildcard ? String(folded.dropFirst(2)) : folded
        guard Self.isHost(host) else { return nil }
        self = isWildcard ? .wildcard(parent: host) : .host(host)
    }

    /// The name as certificates spell it.
    var text: String {
        switch self {
        case .host(let name): name
        case .wildcard(let parent): "*." + parent
        case .address(let address): address
        }
    }

    private static func isHost(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= hostBytesMax else { return false }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy { label in
            let bytes = Array(label.utf8)
            guard !bytes.isEmpty, bytes.count <= labelBytesMax else { return false }
            guard bytes.first != UInt8(ascii: "-"), bytes.last != UInt8(ascii: "-") else {
                return false
            }
            return bytes.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
            }
        }
    }

    /// The one spelling of an IPv4 or IPv6 address, with or without brackets.
    private static func address(_ text: String) -> String? {
        var text = text
        if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()) }
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, text, &bytes) == 1 { return spelling(Array(bytes[..<4])) }
        if unsafe inet_pton(AF_INET6, text, &bytes) == 1 { return spelling(bytes) }
        return nil
    }

    /// Text of 4 or 16 bytes of address; nil for another length.
    static func spelling(_ bytes: [UInt8]) -> String? {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        var text = [CChar](repeating: 0, count: 46)
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard unsafe inet_ntop(family, bytes, &text, 46) != nil else { return nil }
        return String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
