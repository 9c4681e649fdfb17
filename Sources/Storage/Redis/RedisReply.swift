/// What Redis answers (RESP2).
package enum RedisReply: Equatable, Sendable {
    case null
    case status(String)
    case integer(Int64)
    case bytes([UInt8])
    case array([RedisReply])
    case error(RedisServerError)

    package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    package var array: [RedisReply]? { if case .array(let value) = self { value } else { nil } }
    package var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }

    /// A bulk string or status as text.
    package var text: String? {
        switch self {
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .status(let text): text
        default: nil
        }
    }
}

/// An error reply, as far as a program may act on it. The server's sentence stays behind: it may
/// quote what was sent.
package struct RedisServerError: Equatable, Sendable {
    /// The first word, such as `NOSCRIPT`; `ERR` when it is no code.
    package let code: String
    /// Where a cluster sends the command instead.
    let redirection: RedisRedirection?

    private static let codeBytesMax = 24

    init(_ text: [UInt8]) {
        let word = text.prefix { $0 != UInt8(ascii: " ") }
        let isCode =
            !word.isEmpty && word.count <= Self.codeBytesMax
            && word.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        code = isCode ? String(decoding: word, as: UTF8.self) : "ERR"
        redirection = isCode ? RedisRedirection(code, text.dropFirst(word.count + 1)) : nil
    }

    init(code: String) {
        self.code = code
        redirection = nil
    }

    /// Whether another server, or the same one a little later, may answer better.
    var isUnavailable: Bool {
        switch code {
        case "LOADING", "MASTERDOWN", "CLUSTERDOWN", "READONLY", "BUSY", "OOM", "MISCONF",
            "NOREPLICAS", "TRYAGAIN", "UNBLOCKED":
            true
        default: false
        }
    }

    /// The error that callers see.
    var error: RedisError {
        switch code {
        case "WRONGPASS", "NOAUTH", "NOPERM": .unauthorized(code)
        default: .refused(code)
        }
    }
}

/// `MOVED slot host:port` or `ASK slot host:port`.
struct RedisRedirection: Equatable, Sendable {
    let isLasting: Bool
    let slot: Int
    /// An empty host means the one that answered.
    let host: String
    let port: UInt16

    init?(_ code: String, _ rest: ArraySlice<UInt8>) {
        guard code == "MOVED" || code == "ASK" else { return nil }
        let parts = rest.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count >= 2, let slot = Int(String(decoding: parts[0], as: UTF8.self)),
            (0..<RedisSlot.count).contains(slot),
            let colon = parts[1].lastIndex(of: UInt8(ascii: ":")),
            let port = UInt16(String(decoding: parts[1][(colon + 1)...], as: UTF8.self)), port > 0
        else { return nil }
        isLasting = code == "MOVED"
        self.slot = slot
        host = String(decoding: parts[1][..<colon], as: UTF8.self)
        self.port = port
    }
}
