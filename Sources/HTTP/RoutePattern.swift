import GatehouseCore

/// A route's path pattern, taken apart: literal segments, `{name}` for one segment, a final `*`.
struct RoutePattern {
    enum Segment: Equatable {
        /// Exactly these bytes, after percent-decoding both sides.
        case literal([UInt8])
        /// Any one segment that is not empty.
        case parameter(String)
        /// Everything from here on, also nothing after the slash.
        case rest
    }

    let segments: [Segment]

    /// Reads a pattern; one that no accepted path could match is refused, with the mending.
    init(_ text: String) throws(ConfigurationError) {
        guard text.hasPrefix("/") else { throw Self.bad(text, "must begin with /") }
        let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        var segments: [Segment] = []
        var names: Set<String> = []
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            let segment = try Self.segment(part, isLast: isLast, of: text)
            if case .parameter(let name) = segment, !names.insert(name).inserted {
                throw Self.bad(text, "names {\(name)} twice; give each parameter its own name")
            }
            segments.append(segment)
        }
        self.segments = segments
    }

    private static func segment(
        _ part: Substring, isLast: Bool, of text: String
    ) throws(ConfigurationError) -> Segment {
        if part == "*" {
            guard isLast else { throw bad(text, "has * inside; only the last segment may be *") }
            return .rest
        }
        if part.hasPrefix("{"), part.hasSuffix("}"), part.count > 2 {
            let name = part.dropFirst().dropLast()
            let isName = name.utf8.allSatisfy { $0.isIn(ByteClass.host) && $0 != 0x2D }
            guard isName, !name.utf8.first!.isDigit else {
                throw bad(text, "has {\(name)}; a name is letters, digits and _")
            }
            return .parameter(String(name))
        }
        if part.isEmpty, !isLast { throw bad(text, "has //, which no accepted path holds") }
        if part.utf8.contains(where: { $0 == 0x7B || $0 == 0x7D }) {
            throw bad(text, "has braces in '\(part)'; a parameter takes a whole segment: {name}")
        }
        if part.utf8.contains(0x2A) {
            throw bad(text, "has * in '\(part)'; * takes the whole last segment: /…/*")
        }
        return .literal(try literal(part, of: text))
    }

    /// The bytes that a segment stands for; it must be a segment that `PathRules` lets pass.
    private static func literal(
        _ part: Substring, of text: String
    ) throws(ConfigurationError) -> [UInt8] {
        var sent: [UInt8] = [0x2F]
        for byte in part.utf8 {
            if byte < 0x80 {
                sent.append(byte)
            } else {
                sent.append(contentsOf: Array("%\(String(byte, radix: 16))".utf8))
            }
        }
        let end: Int
        do throws(ParseError) {
            end = try PathRules.check(sent.raw, from: 0, to: sent.count)
        } catch {
            throw bad(text, "has '\(part)', which no accepted path holds (\(error.rawValue))")
        }
        guard end == sent.count else { throw bad(text, "holds a query; a pattern is a path") }
        return Self.decoded(sent.raw.extracting(1..<sent.count))
    }

    /// The bytes with percent escapes resolved.
    static func decoded(_ bytes: RawSpan) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.byteCount)
        var index = 0
        while index < bytes.byteCount {
            let (byte, next) = bytes.decodedByte(index)
            decoded.append(byte)
            index = next
        }
        return decoded
    }

    private static func bad(_ text: String, _ why: String) -> ConfigurationError {
        .invalid("path", "'\(text)' \(why)")
    }
}

extension RawSpan {
    /// The byte at `index`, an escape resolved, and where the next one is.
    @inline(__always)
    func decodedByte(_ index: Int) -> (byte: UInt8, next: Int) {
        let byte = byte(index)
        if byte == 0x25, let value = PathRules.escape(self, index, byteCount) {
            return (value, index &+ 3)
        }
        return (byte, index &+ 1)
    }
}
