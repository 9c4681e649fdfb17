import GatehouseCore

/// The first bytes of paths, letters of either case being the same.
struct PathPrefix: Sendable, Hashable {
    private let bytes: [UInt8]

    init(_ text: String) { bytes = text.utf8.map(\.asciiLowercased) }

    /// Whether `path` begins so. `/auth/` holds `/auth` too: a limit must not be left by a slash.
    func holds(_ path: RawSpan) -> Bool {
        var length = bytes.count
        if path.byteCount == length - 1, bytes[length - 1] == UInt8(ascii: "/") { length -= 1 }
        guard length > 0, path.byteCount >= length else { return false }
        for index in 0..<length where path.byte(index).asciiLowercased != bytes[index] {
            return false
        }
        return true
    }

    /// Whether every path that begins as this does also begins as `other` does.
    func lies(in other: PathPrefix) -> Bool { other.holds(bytes.raw) }
}
