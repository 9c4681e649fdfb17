import GatehouseCore

/// The host part of an origin as browsers write it: lower case, ASCII, no trailing dot.
enum HostName {
    /// Whether it is a domain name (RFC 1123 section 2.1), an IPv4 address or a bracketed IPv6
    /// address.
    static func isValid(_ host: String) -> Bool {
        if host.hasPrefix("[") { return isIPv6(host) }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, !labels.isEmpty, labels.allSatisfy(isLabel) else {
            return false
        }
        // Browsers read a name whose last label is a number as an IPv4 address (URL, section 3.5).
        return labels.last?.utf8.allSatisfy(\.isDigit) == true ? isIPv4(host) : true
    }

    /// Whether it is four numbers from 0 to 255 without leading zeros.
    static func isIPv4(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                part.utf8.allSatisfy(\.isDigit) && UInt8(part).map { "\($0)" == part } == true
            }
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy { $0 &- 0x61 < 26 || $0.isDigit || $0 == 0x2D }
    }

    /// Up to eight groups of lower-case hexadecimal digits, at most one `::`.
    private static func isIPv6(_ host: String) -> Bool {
        guard host.hasSuffix("]"), host.utf8.count <= 41 else { return false }
        let inner = String(host.dropFirst().dropLast())
        let halves = inner.split(separator: "::", omittingEmptySubsequences: false)
        guard (1...2).contains(halves.count), !inner.contains(":::") else { return false }
        let groups = halves.filter { !$0.isEmpty }
            .flatMap { $0.split(separator: ":", omittingEmptySubsequences: false) }
        guard halves.count == 2 ? groups.count <= 7 : groups.count == 8 else { return false }
        return groups.allSatisfy { group in
            (1...4).contains(group.utf8.count)
                && group.utf8.allSatisfy { $0.isDigit || $0 &- 0x61 < 6 }
        }
    }
}
