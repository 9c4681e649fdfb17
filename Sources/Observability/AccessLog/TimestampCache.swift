import GatehouseCore

/// The text of the last timestamp: many requests share a millisecond, nearly all a second.
struct TimestampCache {
    private var milliseconds = Int64.min
    private var second = Int64.min
    private var text: [UInt8] = []

    init() { text.reserveCapacity(32) }

    /// Appends the moment as RFC 3339 with milliseconds.
    mutating func append(_ time: WallTime, to output: inout [UInt8]) {
        update(time)
        output.append(contentsOf: text)
    }

    @inline(__always)
    private mutating func update(_ time: WallTime) {
        let milliseconds = time.nanoseconds / 1_000_000
        if milliseconds != self.milliseconds { render(time, milliseconds) }
    }

    private mutating func render(_ time: WallTime, _ milliseconds: Int64) {
        let second = time.seconds
        let fraction = Int((time.nanoseconds - second * 1_000_000_000) / 1_000_000)
        if second == self.second, text.count == 24 {
            text[20] = UInt8(fraction / 100) + 0x30
            text[21] = UInt8(fraction / 10 % 10) + 0x30
            text[22] = UInt8(fraction % 10) + 0x30
        } else {
            text.removeAll(keepingCapacity: true)
            CivilTime(time).appendTimestamp(milliseconds: fraction, to: &text)
        }
        self.milliseconds = milliseconds
        self.second = second
    }
}
