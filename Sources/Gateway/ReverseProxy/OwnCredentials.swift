import GatehouseCore

/// Credentials of the gate's own accounts, which no upstream gets: it learns who is calling from
/// `Gatehouse-Identity`.
enum OwnCredentials {
    private static let cookie = Array("__Host-gatehouse-".utf8)
    private static let key = Array("gk1_".utf8)

    /// What is left of a `Cookie` or `X-API-Key` field; nil when nothing is.
    static func kept(of value: RawSpan, isCookie: Bool) -> [UInt8]? {
        let bytes = value.array
        if !isCookie { return bytes.starts(with: key) ? nil : bytes }
        guard bytes.contains(cookie) else { return bytes }
        var kept: [UInt8] = []
        for pair in bytes.split(separator: UInt8(ascii: ";")) {
            let trimmed = pair.drop { $0 == 0x20 || $0 == 0x09 }
            if trimmed.isEmpty || trimmed.starts(with: cookie) { continue }
            if !kept.isEmpty { kept += [UInt8(ascii: ";"), 0x20] }
            kept += trimmed
        }
        return kept.isEmpty ? nil : kept
    }
}
