/// Unpredictable numbers a page at a time, so that a request id costs no call into OpenSSL.
///
/// One per event loop: not `Sendable`. A number is overwritten as it is handed out, so that memory
/// read later does not tell what was.
public final class RandomPool: RandomNumberGenerator {
    private var page = Page()

    /// Bytes fetched at a time.
    static let bytesMax = 4_096

    private struct Page {
        var words = [UInt64](repeating: 0, count: bytesMax / 8)
        var rest = 0

        @inline(__always)
        mutating func next() -> UInt64 {
            if rest == 0 { refill() }
            rest &-= 1
            let word = words[rest]
            words[rest] = 0
            return word
        }

        @inline(never)
        mutating func refill() {
            SecureRandom.fill(&words)
            rest = words.count
        }
    }

    /// An empty pool; the first use fills it.
    public init() {}

    /// A number that nobody can guess.
    public func next() -> UInt64 { page.next() }
}
