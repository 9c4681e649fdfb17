/// A range of addresses that share their first bits, such as `10.0.0.0/8` (CIDR, RFC 4632).
public struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    /// The lowest address.
    public let address: IPAddress
    /// How many bits the addresses share: 0 to 32 for IPv4, 0 to 128 for IPv6.
    public let bits: Int

    /// The network of `address` with `bits` bits; bits of the host part are cleared.
    public init(_ address: IPAddress, bits: Int) {
        self.bits = min(bits, address.bitCount)
        self.address = address.prefix(self.bits)
    }

    /// A network by its text: `10.0.0.0/8`, `2001:db8::/32`, or one address.
    ///
    /// `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
    /// - Throws: `ConfigurationError` with the fix when the text is no network, or names a host
    ///   inside one (`10.0.0.1/8`): whoever wrote that meant something else.
    public init(_ text: String) throws(ConfigurationError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else {
            throw .invalid(text, "is no address or network; write 192.0.2.0/24 or 2001:db8::/32")
        }
        let isMappedText = address.isIPv4 && parts[0].contains(":")
        let bitsMax = isMappedText ? 128 : address.bitCount
        var bits = bitsMax
        if parts.count == 2 {
            guard let count = Self.bits(parts[1]), count <= bitsMax else {
                throw .invalid(text, "must end in a number of bits from 0 to \(bitsMax)")
            }
            bits = count
        }
        // Fewer than 96 bits of a mapped address would reach beyond the mapped range.
        if isMappedText {
            guard bits >= 96 else {
                throw .invalid(text, "spans IPv4 and IPv6; write two networks")
            }
            bits -= 96
        }
        self.init(address, bits: bits)
        guard self.address == address else {
            throw .invalid(text, "has bits set beyond the first \(bits); write \(self)")
        }
    }

    /// A number of bits: digits alone, no sign, no leading zero.
    private static func bits(_ text: Substring) -> Int? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy(\.isDigit),
            text == "0" || !text.hasPrefix("0")
        else { return nil }
        return Int(text)
    }

    /// Whether `other` belongs to it. Families don't mix: `::/0` holds no IPv4 address.
    @inline(__always)
    public func contains(_ other: IPAddress) -> Bool {
        other.isIPv4 == address.isIPv4 && other.prefix(bits) == address
    }

    /// Address, slash, bits.
    public var description: String { "\(address)/\(bits)" }
}
