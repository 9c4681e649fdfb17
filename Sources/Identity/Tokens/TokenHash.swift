import GatehouseCore

/// A fast hash of tokens under keys that each process draws anew: nobody outside can aim at a slot,
/// nor learn from timing whether the first bytes of a guess are right.
struct TokenHash {
    private static let keys = (
        UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max) | 1
    )
    private let first = Self.keys.0
    private let second = Self.keys.1

    @inline(__always)
    func hash(_ bytes: RawSpan) -> UInt64 {
        let count = bytes.byteCount
        var state = first ^ UInt64(truncatingIfNeeded: count)
        var index = 0
        while index &+ 16 <= count {
            state = mix(bytes.word(index) ^ state, bytes.word(index &+ 8) ^ second)
            index &+= 16
        }
        if index < count {
            let (low, high) = rest(of: bytes, from: index)
            state = mix(low ^ state, high ^ second)
        }
        return mix(state ^ first, second)
    }

    private func rest(of bytes: RawSpan, from index: Int) -> (UInt64, UInt64) {
        let count = bytes.byteCount
        if count >= 16 { return (bytes.word(count &- 16), bytes.word(count &- 8)) }
        var low: UInt64 = 0
        var high: UInt64 = 0
        for place in index..<count {
            high = high &<< 8 | low &>> 56
            low = low &<< 8 | UInt64(bytes.byte(place))
        }
        return (low, high)
    }

    /// The two halves of a 128-bit product folded onto each other.
    @inline(__always)
    private func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        return high ^ low
    }
}
