package import GatehouseCore

/// What a load balancer says about the connection that it passes on.
package struct ProxyHeader: Equatable, Sendable {
    /// The client's address; nil when the sender speaks for itself (`LOCAL`) or does not know
    /// (`UNKNOWN`, unspecified family): the socket's peer stands.
    package var source: IPAddress?
    package var sourcePort: UInt16 = 0
    /// The address that the client connected to; nil with `source`.
    package var destination: IPAddress?
    package var destinationPort: UInt16 = 0

    package init() {}
}

/// Why a PROXY header was refused; the connection closes without an answer.
package enum ProxyProtocolError: Error, Equatable, Sendable {
    /// Neither the text of version 1 nor the signature of version 2: somebody came past the proxy.
    case notProxyProtocol
    /// Version 1: no line end within 107 bytes, or a lone CR or LF.
    case lineMalformed
    /// Version 1: not exactly the six fields of TCP4 or TCP6.
    case fieldsMalformed
    /// An address that is no address of the family.
    case addressMalformed
    /// Version 1: a port with a sign, a leading zero, or beyond 65535.
    case portMalformed
    /// Version 2: another version, or a command other than LOCAL and PROXY.
    case commandUnknown
    /// Version 2: a family other than TCP over IPv4 or IPv6.
    case familyUnsupported
    /// Version 2: longer than `ProxyProtocolParser.lengthMax`.
    case tooLong
    /// Version 2: shorter than its family's addresses.
    case tooShort
    /// Version 2: the extensions don't fill their place exactly.
    case extensionMalformed
}

/// Reads the PROXY protocol header, versions 1 and 2, that begins a connection from a trusted load
/// balancer. I/O-free: call again with more bytes while it returns nil.
package struct ProxyProtocolParser {
    /// Most bytes after the fixed part of a version 2 header: addresses and extensions.
    package static let lengthMax = 4_096
    /// Most bytes of a version 1 line with its CRLF, as the specification counts them.
    static let lineMax = 107

    private static let prefix: StaticString = "PROXY "
    private static let signature: InlineArray<12, UInt8> = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]

    package init() {}

    /// Reads the header and consumes exactly it; nil when bytes are missing, consuming nothing.
    package mutating func parse(
        _ buffer: Buffer
    ) throws(ProxyProtocolError) -> ProxyHeader? {
        let bytes = buffer.readable
        guard bytes.byteCount > 0 else { return nil }
        if bytes.byte(0) == Self.signature[0] {
            return try parseBinary(bytes, buffer)
        }
        return try parseLine(bytes, buffer)
    }
}

// MARK: Version 1

extension ProxyProtocolParser {
    private func parseLine(
        _ bytes: RawSpan, _ buffer: Buffer
    ) throws(ProxyProtocolError) -> ProxyHeader? {
        let prefixCount = Self.prefix.utf8CodeUnitCount
        for index in 0..<min(prefixCount, bytes.byteCount) {
            guard unsafe bytes.byte(index) == Self.prefix.utf8Start[index] else {
                throw .notProxyProtocol
            }
        }
        guard let end = try Self.lineEnd(bytes) else { return nil }
        let header = try Self.readFields(bytes.extracting(0..<end))
        buffer.consume(end + 2)
        return header
    }

    /// Where the first line's CR stands, or nil when its LF has not come yet.
    private static func lineEnd(_ bytes: RawSpan) throws(ProxyProtocolError) -> Int? {
        for index in 0..<min(bytes.byteCount, lineMax) {
            switch bytes.byte(index) {
            case 0x0A: throw .lineMalformed
            case 0x0D:
                guard index + 1 < lineMax else { throw .lineMalformed }
                guard index + 1 < bytes.byteCount else { return nil }
                guard bytes.byte(index + 1) == 0x0A else { throw .lineMalformed }
                return index
            default: continue
            }
        }
        if bytes.byteCount >= lineMax { throw .lineMalformed }
        return nil
    }

    private static func readFields(_ line: RawSpan) throws(ProxyProtocolError) -> ProxyHeader {
        var fields: InlineArray<6, ByteRange> = .init(repeating: .none)
        var count = 0
        var start = 0
        for index in 0...line.byteCount {
            guard index == line.byteCount || line.byte(index) == 0x20 else { continue }
            if count < 6 { fields[count] = ByteRange(start: start, count: index - start) }
            count += 1
            start = index + 1
        }
        guard count >= 2 else { throw .fieldsMalformed }
        let family = line.slice(fields[1])
        // What follows UNKNOWN must be ignored.
        if family.equals("UNKNOWN") { return ProxyHeader() }
        let isIPv4 = family.equals("TCP4")
        guard count == 6, isIPv4 || family.equals("TCP6") else { throw .fieldsMalformed }
        var header = ProxyHeader()
        header.source = try address(line.slice(fields[2]), isIPv4: isIPv4)
        header.destination = try address(line.slice(fields[3]), isIPv4: isIPv4)
        header.sourcePort = try port(line.slice(fields[4]))
        header.destinationPort = try port(line.slice(fields[5]))
        return header
    }

    private static func address(
        _ text: RawSpan, isIPv4: Bool
    ) throws(ProxyProtocolError) -> IPAddress {
        guard let address = IPAddress(text) else { throw .addressMalformed }
        var hasColon = false
        for index in 0..<text.byteCount where text.byte(index) == UInt8(ascii: ":") {
            hasColon = true
        }
        guard hasColon != isIPv4 else { throw .addressMalformed }
        return address
    }

    private static func port(_ text: RawSpan) throws(ProxyProtocolError) -> UInt16 {
        guard text.byteCount > 0, text.byteCount <= 5 else { throw .portMalformed }
        if text.byte(0) == 0x30, text.byteCount > 1 { throw .portMalformed }
        var value = 0
        for index in 0..<text.byteCount {
            guard text.byte(index).isDigit else { throw .portMalformed }
            value = value * 10 + Int(text.byte(index) - 0x30)
        }
        guard let port = UInt16(exactly: value) else { throw .portMalformed }
        return port
    }
}

// MARK: Version 2

extension ProxyProtocolParser {
    private static let fixedCount = 16

    private func parseBinary(
        _ bytes: RawSpan, _ buffer: Buffer
    ) throws(ProxyProtocolError) -> ProxyHeader? {
        for index in 0..<min(Self.signature.count, bytes.byteCount) {
            guard bytes.byte(index) == Self.signature[index] else { throw .notProxyProtocol }
        }
        guard bytes.byteCount >= Self.fixedCount else { return nil }
        let command = bytes.byte(12)
        guard command == 0x20 || command == 0x21 else { throw .commandUnknown }
        let length = Int(bytes.bigEndian16(14))
        guard length <= Self.lengthMax else { throw .tooLong }
        guard bytes.byteCount >= Self.fixedCount + length else { return nil }
        let body = bytes.extracting(Self.fixedCount..<Self.fixedCount + length)
        var header = ProxyHeader()
        // A health check of the balancer itself: whatever its addresses say does not count.
        if command == 0x21 { header = try Self.readBody(body, family: bytes.byte(13)) }
        buffer.consume(Self.fixedCount + length)
        return header
    }

    private static func readBody(
        _ body: RawSpan, family: UInt8
    ) throws(ProxyProtocolError) -> ProxyHeader {
        var header = ProxyHeader()
        let addressCount: Int
        switch family {
        case 0x00: return header
        case 0x11: addressCount = 4
        case 0x21: addressCount = 16
        default: throw .familyUnsupported
        }
        let portsAt = 2 * addressCount
        guard body.byteCount >= portsAt + 4 else { throw .tooShort }
        header.source = body.address(0, count: addressCount)
        header.destination = body.address(addressCount, count: addressCount)
        header.sourcePort = body.bigEndian16(portsAt)
        header.destinationPort = body.bigEndian16(portsAt + 2)
        try checkExtensions(body.extracting((portsAt + 4)...))
        return header
    }

    /// Extensions (type, length, value) are not used; they must fill their place exactly.
    private static func checkExtensions(_ bytes: RawSpan) throws(ProxyProtocolError) {
        var position = 0
        while position < bytes.byteCount {
            guard position + 3 <= bytes.byteCount else { throw .extensionMalformed }
            position += 3 + Int(bytes.bigEndian16(position + 1))
        }
        guard position == bytes.byteCount else { throw .extensionMalformed }
    }
}

extension RawSpan {
    fileprivate func bigEndian16(_ offset: Int) -> UInt16 {
        UInt16(byte(offset)) << 8 | UInt16(byte(offset + 1))
    }

    fileprivate func address(_ offset: Int, count: Int) -> IPAddress {
        guard count == 16 else {
            let high = UInt32(bigEndian16(offset)) << 16
            return IPAddress(v4: high | UInt32(bigEndian16(offset + 2)))
        }
        return IPAddress(high: word(offset).byteSwapped, low: word(offset + 8).byteSwapped)
    }
}
