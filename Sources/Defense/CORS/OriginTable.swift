import GatehouseCore

/// The allowed origins in a form that finds a request's origin without memory of its own.
struct OriginTable: Sendable {
    /// A pattern's bytes around the labels that it leaves open.
    private struct Pattern: Sendable {
        /// `https://`
        let head: [UInt8]
        /// `.example.com:8443`
        let tail: [UInt8]
    }

    private let exact: [[UInt8]]
    private let patterns: [Pattern]
    private let slots: [Int16]

    /// Most origins in one configuration.
    static let originsMax = 1_024
    /// Longest origin that a browser can send: scheme, 253 bytes of name, port.
    static let bytesMax = 8 + 253 + 6

    /// How many origins are no patterns: their indices come first.
    var exactCount: Int { exact.count }

    init(_ origins: [WebOrigin]) {
        exact = origins.filter { !$0.isPattern }.map { Array($0.text.utf8) }
        patterns = origins.filter(\.isPattern).map { origin in
            let port = origin.port.map { ":\($0)" } ?? ""
            return Pattern(
                head: Array("\(origin.scheme)://".utf8), tail: Array(".\(origin.host)\(port)".utf8))
        }
        var slots = [Int16](repeating: -1, count: 4)
        while slots.count < exact.count * 4 {
            slots = [Int16](repeating: -1, count: slots.count * 2)
        }
        for (index, origin) in exact.enumerated() {
            var slot = Self.hash(origin.raw) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int16(index)
        }
        self.slots = slots
    }

    /// Index of the origin or pattern that allows `origin`, or nil. Compared byte for byte:
    /// browsers send lower case, and what is compared loosely can be fooled.
    func index(of origin: RawSpan) -> Int? {
        guard origin.byteCount > 0, origin.byteCount <= Self.bytesMax else { return nil }
        var slot = Self.hash(origin) & (slots.count - 1)
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            let candidate = exact[index]
            if origin.equals(candidate.raw) { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
        for index in patterns.indices where matches(origin, patterns[index]) {
            return exact.count + index
        }
        return nil
    }

    private func matches(_ origin: RawSpan, _ pattern: Pattern) -> Bool {
        let (head, tail) = (pattern.head.count, pattern.tail.count)
        let open = origin.byteCount - head - tail
        guard open > 0, origin.extracting(0..<head).equals(pattern.head.raw),
            origin.extracting(head + open..<origin.byteCount).equals(pattern.tail.raw)
        else { return false }
        return Self.isLabels(origin.extracting(head..<head + open))
    }

    /// Labels of a host name between dots: nothing that could end the host part earlier than it
    /// seems, such as `https://evil.example/.example.com`. Underscores occur in real names.
    private static func isLabels(_ bytes: RawSpan) -> Bool {
        var isEmpty = true
        for index in 0..<bytes.byteCount {
            let byte = bytes.byte(index)
            if byte == UInt8(ascii: ".") {
                if isEmpty { return false }
                isEmpty = true
            } else {
                guard byte &- 0x61 < 26 || byte.isDigit || byte == 0x2D || byte == 0x5F else {
                    return false
                }
                isEmpty = false
            }
        }
        return !isEmpty
    }

    /// FNV-1a. Slots are few and the table is ours: a flood of chosen origins finds short chains.
    private static func hash(_ bytes: RawSpan) -> Int {
        var hash: UInt32 = 0x811C_9DC5
        for index in 0..<bytes.byteCount {
            hash = (hash ^ UInt32(bytes.byte(index))) &* 0x0100_0193
        }
        return Int(hash ^ hash &>> 15)
    }
}
