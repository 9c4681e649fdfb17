import GatehouseCore
import Glibc

/// Shapes of names and addresses in a configuration. Strict: what has two readings is refused.
enum NetworkText {
    /// An IPv4 or IPv6 address without brackets, by the C library's parser.
    static func isAddress(_ text: String) -> Bool { bits(text) != nil }

    /// Address bytes: 4 or 16.
    static func bits(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 45 else { return nil }
        let isSix = text.contains(":")
        var bytes = [UInt8](repeating: 0, count: isSix ? 16 : 4)
        let result = unsafe bytes.withUnsafeMutableBytes { target in
            unsafe inet_pton(isSix ? AF_INET6 : AF_INET, text, target.baseAddress)
        }
        return result == 1 ? bytes : nil
    }

    /// A DNS name in lower case: labels of letters, digits and `-`, at most 253 bytes, the last
    /// label not all digits (so that `1.2.3` or `0x7f.1` is no name).
    static func isHostName(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 253 else { return false }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let areLabels = labels.allSatisfy { label in
            !label.isEmpty && label.utf8.count <= 63 && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { $0.isDigit || $0 &- 0x61 < 26 || $0 == 0x2D }
        }
        let last = labels.last ?? ""
        return areLabels && !last.utf8.allSatisfy(\.isDigit) && !last.hasPrefix("0x")
    }

    /// `host:port` or `[v6]:port`; the host is not judged.
    static func split(_ text: String) -> (host: String, port: String)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let host = text[..<colon]
        let port = text[text.index(after: colon)...]
        if host.hasPrefix("["), host.hasSuffix("]") {
            let inner = String(host.dropFirst().dropLast())
            return inner.contains(":") ? (inner, String(port)) : nil
        }
        return host.contains(":") || host.isEmpty ? nil : (String(host), String(port))
    }

    static func port(_ text: String, in range: ClosedRange<Int>) -> Int? {
        guard text == "0" || !text.hasPrefix("0"), let port = Int(decimal: text) else { return nil }
        return range.contains(port) ? port : nil
    }

    /// The network that a CIDR names, as text; nil when it is none. Host bits are cut off.
    static func network(_ text: String) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, var bytes = bits(String(parts[0])) else { return nil }
        let width = bytes.count * 8
        var length = width
        if parts.count == 2 {
            guard let given = port(String(parts[1]), in: 0...width) else { return nil }
            length = given
        }
        for index in bytes.indices {
            let kept = min(max(length - index * 8, 0), 8)
            bytes[index] &= kept == 0 ? 0 : 0xFF << (8 - UInt8(kept))
        }
        return render(bytes) + "/\(length)"
    }

    private static func render(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: 46)
        unsafe bytes.withUnsafeBytes { source in
            _ = unsafe inet_ntop(
                bytes.count == 16 ? AF_INET6 : AF_INET, source.baseAddress, &text, 46)
        }
        return String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
