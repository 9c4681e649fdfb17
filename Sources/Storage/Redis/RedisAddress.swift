/// Where one server listens.
package enum RedisAddress: Hashable, Sendable, CustomStringConvertible {
    case tcp(host: String, port: UInt16)
    /// A socket in the file system.
    case socket(path: String)

    package static let portDefault: UInt16 = 6_379
    package static let sentinelPortDefault: UInt16 = 26_379

    /// `host:port`, for logs.
    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .socket(let path): path
        }
    }

    /// The name that a certificate must hold.
    var host: String {
        switch self {
        case .tcp(let host, _): host
        case .socket: "localhost"
        }
    }

    /// Reads `host`, `host:port` or `[v6]:port`.
    init?(_ text: Substring, portDefault: UInt16) {
        var host = text
        var port = portDefault
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<close]
            let rest = text[text.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            if !rest.isEmpty {
                guard let number = UInt16(rest.dropFirst()) else { return nil }
                port = number
            }
        } else if let colon = text.lastIndex(of: ":") {
            guard let number = UInt16(text[text.index(after: colon)...]) else { return nil }
            host = text[..<colon]
            port = number
            guard !host.contains(":") else { return nil }
        }
        guard !host.isEmpty, port > 0, host.utf8.count <= 255,
            host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        self = .tcp(host: String(host), port: port)
    }
}
