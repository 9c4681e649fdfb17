/// An IPv4 or IPv6 address as 128 bits; IPv4 is held as an IPv4-mapped IPv6 address (RFC 4291
/// section 2.5.5.2), so that one client has one spelling.
public struct IPAddress: Hashable, Sendable {
    /// The first eight bytes, as a big-endian number.
    public var high: UInt64
    /// The last eight bytes, as a big-endian number.
    public var low: UInt64

    /// An address by its two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// An IPv4 address by its 32 bits, in host order.
    public init(v4 bits: UInt32) {
        high = 0
        low = 0xFFFF_0000_0000 | UInt64(bits)
    }

    /// Whether this is an IPv4 address (mapped or native).
    public var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }
}
