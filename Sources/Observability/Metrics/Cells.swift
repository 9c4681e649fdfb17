import GatehouseHTTP
import Synchronization

/// A number that one thread counts up and any thread may read: a plain load and store, without the
/// lock prefix that a shared counter would need.
extension Atomic where Value == Int {
    /// Adds; only the one thread that writes this number may call it.
    @inline(__always)
    borrowing func count(_ amount: Int = 1) {
        store(load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    var now: Int { load(ordering: .relaxed) }
}

/// Upper bounds of the latency buckets: OpenTelemetry's for HTTP, and finer ones below, since a
/// gate answers in less than 5 ms.
enum LatencyBuckets {
    static let count = 19
    static let nanoseconds: InlineArray<19, Int64> = [
        100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
        50_000_000, 75_000_000, 100_000_000, 250_000_000, 500_000_000, 750_000_000, 1_000_000_000,
        2_500_000_000, 5_000_000_000, 7_500_000_000, 10_000_000_000,
    ]
    static let labels: [StaticString] = [
        "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05",
        "0.075", "0.1", "0.25", "0.5", "0.75", "1", "2.5", "5", "7.5", "10", "+Inf",
    ]
}

/// Counts of one route or upstream on one loop: answers by class of status, and how long they took.
final class AnswerCells: Sendable {
    static let classes: [StaticString] = ["1xx", "2xx", "3xx", "4xx", "5xx"]

    private let byClass: InlineArray<5, Atomic<Int>> = InlineArray { _ in Atomic(0) }
    private let buckets: InlineArray<20, Atomic<Int>> = InlineArray { _ in Atomic(0) }
    private let sum = Atomic<Int>(0)
    /// Exchanges that broke off, of a route; failures by kind, of an upstream.
    let failures: InlineArray<5, Atomic<Int>> = InlineArray { _ in Atomic(0) }

    /// Counts an answer; a status that is none counts as 5xx.
    @inline(__always)
    func count(status: Int, nanoseconds: Int64) {
        let index = status / 100 &- 1
        byClass[index >= 0 && index < 5 ? index : 4].count()
        var bucket = 0
        while bucket < LatencyBuckets.count, nanoseconds > LatencyBuckets.nanoseconds[bucket] {
            bucket &+= 1
        }
        buckets[bucket].count()
        sum.count(Int(nanoseconds))
    }

    /// Adds what was counted so far.
    func add(to total: inout AnswerTotals) {
        for index in 0..<5 { total.byClass[index] += byClass[index].now }
        for index in 0..<20 { total.buckets[index] += buckets[index].now }
        for index in 0..<5 { total.failures[index] += failures[index].now }
        total.nanoseconds += sum.now
    }
}

/// `AnswerCells` of all loops together.
struct AnswerTotals {
    var byClass = [Int](repeating: 0, count: 5)
    var buckets = [Int](repeating: 0, count: 20)
    var failures = [Int](repeating: 0, count: 5)
    var nanoseconds = 0

    init(_ cells: [AnswerCells]) {
        for cell in cells { cell.add(to: &self) }
    }
}

/// Counts of one loop that no configuration changes: connections, bytes, refusals.
final class LoopCells: Sendable {
    static let codesMax = 64

    let codes: InlineArray<64, Atomic<Int>> = InlineArray { _ in Atomic(0) }
    let accepted = Atomic<Int>(0)
    let closed = Atomic<Int>(0)
    /// By `ConnectionEvent.Refusal` and `ConnectionEvent.Slowness`, in their order.
    let refused: InlineArray<16, Atomic<Int>> = InlineArray { _ in Atomic(0) }
    let cut: InlineArray<8, Atomic<Int>> = InlineArray { _ in Atomic(0) }
    let barred = Atomic<Int>(0)
    let handshakes = Atomic<Int>(0)
    let handshakesResumed = Atomic<Int>(0)
    let handshakesFailed = Atomic<Int>(0)
    let bytesReceived = Atomic<Int>(0)
    let bytesSent = Atomic<Int>(0)
    let limitsUnavailable = Atomic<Int>(0)
    /// Gauges: how late the loop was, and how much it sheds.
    let lag = Atomic<Int>(0)
    let pressure = Atomic<Int>(0)
}

/// Counts of one rate-limit policy on one loop.
final class PolicyCells: Sendable {
    let admitted = Atomic<Int>(0)
    let refused = Atomic<Int>(0)
    let shadowed = Atomic<Int>(0)
}

/// Whether a server of an upstream is healthy: written by whoever checks, read by scrapes.
final class GaugeCell: Sendable {
    let value = Atomic<Int>(1)
}
