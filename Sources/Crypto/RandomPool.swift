/// Unpredictable numbers a page at a time, so that a request id costs no call into OpenSSL.
///
/// One per event loop: not `Sendable`. A number is overwritten as it is handed out, so that memory
/// read later does not tell what was.
public final class RandomPool {
    private var words: [UInt64]
    private var rest: Int

    /// Bytes fetched at a time.
    static let bytesMax = 4_096

    /// An empty pool; the first use fills it.
    public init() {
        words = [UInt64](repeating: 0, count: Self.bytesMax / 8)
        rest = 0
    }

    /// A number that nobody can guess.
    @inline(__always)
    public func next() -> UInt64 {
        if rest == 0 { refill() }
        rest &-= 1
        let word = words[rest]
        words[rest] = 0
        return word
    }

    @inline(never)
    private func refill() {
        SecureRandom.fill(&words)
        rest = words.count
    }
}

extension RandomPool: RandomNumberGenerator {}
