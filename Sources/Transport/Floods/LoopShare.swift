import GatehouseCore

/// How long a loop may go on with work that stands behind everything else: a share of its time
/// while the rest has something to do, and always one piece a turn, so that it gets on at all.
struct LoopShare {
    private let percent: Int64
    private var lastEnd: MonotonicTime?
    private var end: MonotonicTime

    init(percent: Int) {
        self.percent = Int64(min(max(percent, 1), 99))
        end = MonotonicTime(nanoseconds: .min)
    }

    /// Begins a turn's portion: what the rest took since the last one decides its length.
    mutating func begin(at now: MonotonicTime) {
        let others = lastEnd.map { max(0, (now - $0).nanoseconds) } ?? 0
        let portion = min(others, Self.othersMax) * percent / (100 - percent)
        end = now + .nanoseconds(portion)
    }

    /// Whether another piece may follow the first.
    func allowsMore(at now: MonotonicTime) -> Bool { now < end }

    /// Ends the portion; `isWorkLeft` says whether the time until the next one was work that this
    /// one waited for.
    mutating func finish(at now: MonotonicTime, isWorkLeft: Bool) {
        lastEnd = isWorkLeft ? now : nil
    }

    /// A turn that took longer, by a handler that blocked, earns no more than this one.
    private static let othersMax: Int64 = 100_000_000
}
