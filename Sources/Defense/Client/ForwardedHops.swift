import GatehouseCore

/// The scheme that a proxy was reached by.
enum ForwardedScheme: Equatable {
    case http, https

    init?(_ text: RawSpan) {
        if text.equalsIgnoringCase("https") || text.equalsIgnoringCase("wss") {
            self = .https
        } else if text.equalsIgnoringCase("http") || text.equalsIgnoringCase("ws") {
            self = .http
        } else {
            return nil
        }
    }
}

/// What one proxy says of who spoke to it.
struct ForwardedHop {
    enum Node: Equatable {
        case address(IPAddress)
        /// Not known to the proxy, not stated, or obfuscated.
        case unknown
        case malformed
    }

    var node = Node.unknown
    var scheme: ForwardedScheme?
}

/// The elements of all lines of a field, in order, without allocating.
struct ForwardedHops {
    private var hops: InlineArray<32, ForwardedHop> = .init(repeating: ForwardedHop())
    private(set) var count = 0

    subscript(index: Int) -> ForwardedHop { hops[index] }

    /// False when there are too many.
    mutating func append(_ hop: ForwardedHop) -> Bool {
        guard count < ClientIdentity.hopsMax else { return false }
        hops[count] = hop
        count += 1
        return true
    }
}

extension ForwardedHop.Node {
    /// A node of RFC 7239 section 6: address, `unknown` or `_obfuscated`, perhaps with a port. IPv6
    /// stands in brackets.
    init(forwarded text: RawSpan) {
        self = Self.read(text, allowsBareIPv6: false)
    }

    /// An element of `X-Forwarded-For`: the same, but IPv6 may stand without brackets.
    init(forwardedFor text: RawSpan) {
        self = Self.read(text, allowsBareIPv6: true)
    }

    private static func read(_ text: RawSpan, allowsBareIPv6: Bool) -> Self {
        guard text.byteCount > 0 else { return .malformed }
        if text.byte(0) == UInt8(ascii: "[") { return bracketed(text) }
        if let address = IPAddress(text) {
            return address.isIPv4 && !hasColon(text) || allowsBareIPv6
                ? .address(address) : .malformed
        }
        var end = text.byteCount
        for index in 0..<text.byteCount where text.byte(index) == UInt8(ascii: ":") {
            end = index
            break
        }
        let name = text.extracting(0..<end)
        guard end == text.byteCount || isPort(text.extracting((end + 1)...)) else {
            return .malformed
        }
        if let address = IPAddress(name) { return .address(address) }
        if name.equalsIgnoringCase("unknown") || isObfuscated(name) { return .unknown }
        return .malformed
    }

    private static func bracketed(_ text: RawSpan) -> Self {
        var end = 1
        while end < text.byteCount, text.byte(end) != UInt8(ascii: "]") { end += 1 }
        guard end < text.byteCount else { return .malformed }
        let inner = text.extracting(1..<end)
        guard hasColon(inner), let address = IPAddress(inner) else { return .malformed }
        let rest = text.extracting((end + 1)...)
        if rest.byteCount == 0 { return .address(address) }
        guard rest.byte(0) == UInt8(ascii: ":"), isPort(rest.extracting(1...)) else {
            return .malformed
        }
        return .address(address)
    }

    private static func hasColon(_ text: RawSpan) -> Bool {
        for index in 0..<text.byteCount where text.byte(index) == UInt8(ascii: ":") { return true }
        return false
    }

    /// 1 to 5 digits, or an obfuscated port.
    private static func isPort(_ text: RawSpan) -> Bool {
        if isObfuscated(text) { return true }
        guard (1...5).contains(text.byteCount) else { return false }
        for index in 0..<text.byteCount where !text.byte(index).isDigit { return false }
        return true
    }

    /// `_` and letters, digits, `.`, `_`, `-` (RFC 7239 section 6.3).
    private static func isObfuscated(_ text: RawSpan) -> Bool {
        guard text.byteCount >= 2, text.byte(0) == UInt8(ascii: "_") else { return false }
        for index in 1..<text.byteCount {
            let byte = text.byte(index)
            let isLetter = byte.asciiLowercased &- 0x61 < 26
            guard isLetter || byte.isDigit || byte == 0x2E || byte == 0x5F || byte == 0x2D else {
                return false
            }
        }
        return true
    }
}
