import GatehouseCore

/// An IP address, with or without the length of its prefix.
public struct IPRule: Sendable {
    /// A family of addresses.
    public enum Version: Sendable, Hashable {
        /// 192.0.2.1
        case ipv4
        /// 2001:db8::1
        case ipv6
        /// `v1.x`, which RFC 3986 reserves.
        case future
    }

    /// Whether `/24` may, must or must not follow.
    public enum Prefix: Sendable {
        /// It must not.
        case forbidden
        /// It may.
        case optional
        /// It must.
        case required
    }

    /// Default: IPv4 and IPv6.
    public var versions: Set<Version> = [.ipv4, .ipv6]
    /// Default: must not.
    public var prefix = Prefix.forbidden
    /// Whether the zone of a machine may follow an IPv6 address: `fe80::1%eth0`. Default false.
    public var allowsZone = false
    /// Takes `010.0.0.1`, as Joi does: some readers take it for octal.
    package var isCompatible = false
    /// The error names the versions.
    package var namesVersions = false

    /// An address of either family, nothing behind it.
    public init() {}

    package init(isCompatible: Bool) {
        self.isCompatible = isCompatible
        versions = [.ipv4, .ipv6, .future]
    }

    package func failure(_ text: RawSpan) -> StaticString? {
        accepts(text) ? nil : namesVersions ? "string.ipVersion" : "string.ip"
    }

    private func accepts(_ text: RawSpan) -> Bool {
        if versions.contains(.future), acceptsFuture(text) { return true }
        var address = text
        var suffix: Int?
        if let slash = text.lastIndex(of: UInt8(ascii: "/")) {
            guard prefix != .forbidden else { return false }
            guard let bits = bits(text.extracting((slash &+ 1)..<text.byteCount)) else {
                return false
            }
            suffix = bits
            address = text.extracting(0..<slash)
        } else if prefix == .required {
            return false
        }
        if versions.contains(.ipv4), isIPv4(address) { return suffix ?? 0 <= 32 }
        guard versions.contains(.ipv6), isIPv6(address) else { return false }
        return suffix ?? 0 <= 128
    }

    private func isIPv4(_ text: RawSpan) -> Bool {
        if !isCompatible { return IPAddress(text) != nil && text.firstIndex(of: 0x3A) == nil }
        var scanner = ByteScanner(text)
        for part in 0..<4 {
            if part > 0, !scanner.take(UInt8(ascii: ".")) { return false }
            var value = 0
            var digits = 0
            while scanner.next.isDigit {
                value = value &* 10 &+ Int(scanner.next &- 0x30)
                digits &+= 1
                guard digits <= 3 else { return false }
                scanner.skip()
            }
            guard digits > 0, value <= 255 else { return false }
        }
        return scanner.isAtEnd
    }

    private func isIPv6(_ text: RawSpan) -> Bool {
        if allowsZone, let percent = text.firstIndex(of: UInt8(ascii: "%")) {
            let zone = text.extracting((percent &+ 1)..<text.byteCount)
            let isZone = zone.isMade {
                $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
                    || $0 == UInt8(ascii: ":")
            }
            return isZone && isIPv6(text.extracting(0..<percent))
        }
        return text.firstIndex(of: UInt8(ascii: ":")) != nil && IPAddress(text) != nil
    }

    /// The length of a prefix: a number without sign; leading zeros only as Joi takes them.
    private func bits(_ text: RawSpan) -> Int? {
        guard text.byteCount > 0, text.byteCount <= 3 else { return nil }
        var value = 0
        for index in 0..<text.byteCount {
            guard text.byte(index).isDigit else { return nil }
            value = value &* 10 &+ Int(text.byte(index) &- 0x30)
        }
        if !isCompatible, text.byteCount > 1, text.byte(0) == 0x30 { return nil }
        return value
    }

    /// `v` hexadecimal digits `.` and what RFC 3986 section 3.2.2 allows.
    private func acceptsFuture(_ text: RawSpan) -> Bool {
        var scanner = ByteScanner(text)
        guard scanner.take(UInt8(ascii: "v")) else { return false }
        let start = scanner.position
        while scanner.next.hexDigit != nil { scanner.skip() }
        guard scanner.position > start, scanner.take(UInt8(ascii: ".")) else { return false }
        var end = text.byteCount
        if prefix != .forbidden, let slash = text.lastIndex(of: UInt8(ascii: "/")) {
            guard let bits = bits(text.extracting((slash &+ 1)..<end)), bits <= 128 else {
                return false
            }
            end = slash
        } else if prefix == .required {
            return false
        }
        guard scanner.position < end else { return false }
        return text.extracting(scanner.position..<end).isMade {
            $0.isURIUnreserved || $0.isURISubDelimiter || $0 == UInt8(ascii: ":")
        }
    }
}

extension UInt8 {
    /// RFC 3986 section 2.3.
    var isURIUnreserved: Bool {
        isASCIIAlphanumeric || self == UInt8(ascii: "-") || self == UInt8(ascii: ".")
            || self == UInt8(ascii: "_") || self == UInt8(ascii: "~")
    }

    /// RFC 3986 section 2.2.
    var isURISubDelimiter: Bool {
        switch self {
        case 0x21, 0x24, 0x26...0x2C, 0x3B, 0x3D: true
        default: false
        }
    }
}
