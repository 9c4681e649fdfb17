import GatehouseCore

/// Remembers how a few recent texts look in the log: clients send the same `Host` and `User-Agent`
/// again and again, and searching one for secrets costs more than comparing it.
///
/// A text is found by its whole bytes; a sender of ever new texts only makes it forget.
struct RenderedTexts {
    private struct Slot {
        var text: [UInt8] = []
        var rendered: [UInt8] = []

        func holds(_ other: RawSpan) -> Bool { other.equals(text.raw) }
    }

    private static let slotsCount = 16
    /// Longer texts are rendered each time, so that the memory stays small.
    private static let textBytesMax = 512

    private var slots = [Slot](repeating: Slot(), count: slotsCount)

    /// Appends the text without its secrets, for the inside of a JSON string.
    mutating func append(
        _ text: RawSpan, limit: Int, to output: inout [UInt8],
        using scratch: inout RedactionScratch
    ) {
        guard text.byteCount >= 8, text.byteCount <= Self.textBytesMax else {
            Redaction.append(jsonEscaped: text, limit: limit, to: &output, using: &scratch)
            return
        }
        let index = Self.slot(of: text)
        if slots[index].holds(text) {
            output.append(contentsOf: slots[index].rendered)
            return
        }
        let start = output.count
        Redaction.append(jsonEscaped: text, limit: limit, to: &output, using: &scratch)
        slots[index].text.removeAll(keepingCapacity: true)
        slots[index].text.append(text)
        slots[index].rendered.removeAll(keepingCapacity: true)
        slots[index].rendered.append(contentsOf: output[start...])
    }

    /// Mixes length, beginning, middle and end.
    private static func slot(of text: RawSpan) -> Int {
        let count = text.byteCount
        var mix = text.word(0) ^ text.word(count - 8) &* 31 ^ text.word((count - 8) / 2) &* 127
        mix = (mix ^ UInt64(count)) &* 0x9E37_79B9_7F4A_7C15
        return Int(mix >> 60)
    }
}
