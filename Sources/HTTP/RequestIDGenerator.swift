import Glibc

/// Makes request ids: 128 bits from the kernel's generator, fetched sixteen ids at a time.
package final class RequestIDGenerator {
    private var words: [UInt64] = []

    package init() {}

    /// A new id; never the empty one.
    package func next() -> RequestID {
        if words.count < 2 { refill() }
        let low = words.removeLast()
        return RequestID(high: words.removeLast(), low: low | 1)
    }

    /// A new span id (W3C Trace Context): never zero.
    package func nextSpan() -> UInt64 {
        if words.isEmpty { refill() }
        return words.removeLast() | 1
    }

    /// 256 bytes is what one call may ask for.
    private func refill() {
        words.removeAll(keepingCapacity: true)
        var random: InlineArray<32, UInt64> = .init(repeating: 0)
        let code = unsafe withUnsafeMutableBytes(of: &random) { bytes in
            unsafe getentropy(bytes.baseAddress.unsafelyUnwrapped, bytes.count)
        }
        precondition(code == 0, "the kernel gives no random bytes")
        for index in 0..<32 { words.append(random[index]) }
    }
}
