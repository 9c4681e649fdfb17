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

    /// How many bits an address of this family has: 32 or 128.
    public var bitCount: Int { isIPv4 ? 32 : 128 }

    /// The bytes in network order: 4 for IPv4, 16 for IPv6.
    public var bytes: [UInt8] {
        let count = bitCount / 8
        return (16 - count..<16).map { index in
            UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - index % 8 * 8))
        }
    }

    /// The address with all but its first `bits` bits cleared, counted in its own family: 0 to 32
    /// for IPv4, 0 to 128 for IPv6. More than that is the address itself.
    @inline(__always)
    public func prefix(_ bits: Int) -> IPAddress {
        precondition(bits >= 0)
        let kept = isIPv4 ? bits &+ 96 : bits
        // Swift's shifts by 64 and more give 0, which is what an empty half wants.
        let upper = kept >= 64 ? UInt64.max : ~(UInt64.max >> UInt64(kept))
        let lower = kept >= 128 ? UInt64.max : kept <= 64 ? 0 : ~(UInt64.max >> UInt64(kept - 64))
        return IPAddress(high: high & upper, low: low & lower)
    }
}

extension IPAddress {
    private var v4: UInt32 { UInt32(truncatingIfNeeded: low) }

    /// Whether it names this machine: `127.0.0.0/8` or `::1`.
    public var isLoopback: Bool { isIPv4 ? v4 >> 24 == 127 : high == 0 && low == 1 }

    /// Whether it names no host: `0.0.0.0` or `::`.
    public var isUnspecified: Bool { isIPv4 ? v4 == 0 : high == 0 && low == 0 }

    /// Whether it is good on one link alone: `169.254.0.0/16` (RFC 3927) or `fe80::/10`.
    public var isLinkLocal: Bool { isIPv4 ? v4 >> 16 == 0xA9FE : high >> 54 == 0xFE80 >> 6 }

    /// Whether it belongs to private networks: `10/8`, `172.16/12`, `192.168/16` (RFC 1918) or
    /// `fc00::/7` (RFC 4193). Loopback and link-local addresses have their own questions.
    public var isPrivate: Bool {
        guard isIPv4 else { return high >> 57 == 0xFC >> 1 }
        return v4 >> 24 == 10 || v4 >> 20 == 0xAC1 || v4 >> 16 == 0xC0A8
    }
}
