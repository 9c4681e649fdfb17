import GatehouseCore

extension RequestID {
    /// An id by its text: 32 lower-case hexadecimal digits, not all zero; nil for anything else.
    package init?(_ text: RawSpan) {
        guard text.byteCount == 32, let high = text.lowercaseHex(0, 16),
            let low = text.lowercaseHex(16, 16), high | low != 0
        else { return nil }
        self.init(high: high, low: low)
    }
}

extension TraceContext {
    /// Bytes of a rendered `traceparent`.
    package static let textCount = 55

    /// The caller's trace by its `traceparent` (W3C Trace Context, level 1, version 00); nil for
    /// anything else, so that a new trace begins. `span` is yet to be chosen.
    package init?(traceparent text: RawSpan) {
        guard text.byteCount == Self.textCount, text.lowercaseHex(0, 2) == 0,
            text.byte(2) == 0x2D, let high = text.lowercaseHex(3, 16),
            let low = text.lowercaseHex(19, 16), text.byte(35) == 0x2D,
            let parent = text.lowercaseHex(36, 16), text.byte(52) == 0x2D,
            let flags = text.lowercaseHex(53, 2), high | low != 0, parent != 0
        else { return nil }
        self.init()
        traceID = RequestID(high: high, low: low)
        self.parent = parent
        sampled = flags & 1 == 1
    }

    /// Appends the `traceparent` that the next hop gets: our span is its parent.
    package func append(to output: inout [UInt8]) {
        output.append("00-")
        traceID.append(to: &output)
        output.append("-")
        output.append(hex: span)
        output.append(sampled ? "-01" : "-00")
    }
}

extension RawSpan {
    /// The number that `count` lower-case hexadecimal digits spell, or nil.
    fileprivate func lowercaseHex(_ start: Int, _ count: Int) -> UInt64? {
        var value: UInt64 = 0
        for index in start..<start + count {
            let byte = byte(index)
            guard let digit = byte.hexDigit, byte.isDigit || byte >= 0x61 else { return nil }
            value = value &<< 4 | UInt64(digit)
        }
        return value
    }
}
