import GatehouseCore

/// One rule's arithmetic in the microseconds of Redis' clock.
///
/// A window that is no whole number of them is rounded up: never more is admitted than the rule
/// says.
struct CounterArithmetic: Sendable {
    private enum Algorithm: Sendable {
        case log
        case counter(SlidingCounter)
        case pace(GCRA, burst: UInt64)
        case fixed(FixedWindow)
    }

    /// What a script found, before anything was taken.
    struct State {
        let first: Double
        let second: Double
        let third: Double
    }

    private let algorithm: Algorithm
    let quota: UInt64
    let window: UInt64
    /// How scripts call the algorithm.
    let kind: UInt8

    init(_ rule: LimitRule) {
        let window = (rule.window + 999) / 1_000
        quota = UInt64(rule.quota)
        self.window = UInt64(window)
        switch rule.algorithm {
        case .slidingWindow: (algorithm, kind) = (.log, 1)
        case .slidingCounter:
            (algorithm, kind) = (.counter(SlidingCounter(quota: rule.quota, window: window)), 2)
        case .gcra(let burst):
            let gcra = GCRA(quota: rule.quota, window: window, burst: burst)
            (algorithm, kind) = (.pace(gcra, burst: UInt64(burst)), 3)
        case .fixedWindow:
            (algorithm, kind) = (.fixed(FixedWindow(quota: rule.quota, window: window)), 4)
        }
    }

    // MARK: Arguments

    /// Appends what the script must know to decide about `cost`, or more of it at once.
    func appendDecision(
        cost: UInt32, bulk: UInt32, isShadow: Bool, onlyLooks: Bool, to bytes: inout [UInt8]
    ) {
        bytes.append(kind)
        bytes.append((isShadow ? 1 : 0) | (onlyLooks ? 2 : 0))
        bytes.append(number: UInt64(cost))
        bytes.append(number: UInt64(bulk))
        bytes.append(number: quota)
        bytes.append(number: window)
        guard case .pace(_, let burst) = algorithm else { return }
        for count in [UInt64(cost), UInt64(bulk)] {
            appendMost(after: max(count, 1), burst: burst, to: &bytes)
            append(intervals(count), to: &bytes)
        }
    }

    /// Appends what the script for one counter must know.
    func appendOne(cost: UInt32, to command: inout RedisCommand) {
        command.append(Int64(cost))
        command.append(Int64(quota))
        guard case .pace(_, let burst) = algorithm else { return command.append(Int64(window)) }
        let asked = UInt64(max(cost, 1))
        let most = asked <= burst ? intervals(burst - asked) : nil
        command.append(most.map { Int64($0.whole) } ?? -1)
        command.append(most.map { Int64($0.parts) } ?? 0)
        let interval = intervals(UInt64(cost))
        command.append(Int64(interval.whole))
        command.append(Int64(interval.parts))
    }

    /// The most that may be owed before `count` more are taken; below nothing when they never fit.
    private func appendMost(after count: UInt64, burst: UInt64, to bytes: inout [UInt8]) {
        if count <= burst {
            append(intervals(burst - count), to: &bytes)
        } else {
            bytes.append(double: -1)
            bytes.append(double: 0)
        }
    }

    /// Appends what the script must know to correct a counter.
    func appendSettlement(_ correction: LimitCorrection, to bytes: inout [UInt8]) {
        bytes.append(kind)
        var amount = correction.amount
        let most = 2 * Int64(quota)
        amount = min(max(amount, -most), most)
        bytes.append(double: Double(amount))
        bytes.append(double: Double(max(correction.moment, -1)))
        bytes.append(number: quota)
        bytes.append(number: window)
        guard case .pace(_, let burst) = algorithm else {
            for _ in 0..<4 { bytes.append(double: 0) }
            return
        }
        append(intervals(amount.magnitude), to: &bytes)
        let capacity = intervals(burst)
        append((capacity.whole + window, capacity.parts), to: &bytes)
    }

    /// count · window / quota: whole microseconds, and parts of one, `quota` of them each. `count`
    /// is at most twice the quota.
    private func intervals(_ count: UInt64) -> (whole: UInt64, parts: UInt64) {
        let product = min(count, 2 * quota).multipliedFullWidth(by: window)
        let (whole, parts) = quota.dividingFullWidth((product.high, product.low))
        return (whole, parts)
    }

    private func append(_ time: (whole: UInt64, parts: UInt64), to bytes: inout [UInt8]) {
        bytes.append(number: time.whole)
        bytes.append(number: time.parts)
    }

    // MARK: Answers

    /// What holds in a state for a request that costs `cost`.
    func decision(_ state: State, cost: UInt32, at now: Int64) -> LimitDecision {
        var decision =
            switch algorithm {
            case .log: logDecision(state, cost: cost, at: now)
            case .counter(let counter):
                counter.decide(
                    SlidingCounter.State(
                        start: Int64(state.first), current: UInt32(clamping: Int64(state.second)),
                        previous: UInt32(clamping: Int64(state.third))), cost: cost, at: now)
            case .pace(let gcra, _):
                gcra.decide(
                    GCRA.State(
                        arrival: Int64(state.first), fraction: UInt32(clamping: Int64(state.second))
                    ),
                    cost: cost, at: now)
            case .fixed(let window):
                window.decide(
                    FixedWindow.State(
                        start: Int64(state.first), count: UInt32(clamping: Int64(state.second))),
                    cost: cost, at: now)
            }
        decision.wait *= 1_000
        return decision
    }

    /// As `SlidingWindowLog` does, which holds the units that stay in Redis here: how many count,
    /// the oldest of them, and the one whose end makes room.
    private func logDecision(_ state: State, cost: UInt32, at now: Int64) -> LimitDecision {
        let (live, quota, window) = (Int64(state.first), Int64(quota), Int64(window))
        let left = quota - live
        let asked = max(Int64(cost), 1)
        let oldest = Int64(state.second) + window - now
        if asked <= left {
            let wait = live > 0 ? oldest : cost == 0 ? 0 : window
            return LimitDecision(isAdmitted: true, remaining: Int(left - Int64(cost)), wait: wait)
        }
        let wait = asked <= quota ? Int64(state.third) + window - now : window
        return LimitDecision(isAdmitted: false, remaining: Int(max(left, 0)), wait: wait)
    }
}

extension [UInt8] {
    fileprivate mutating func append(number: UInt64) { append(double: Double(number)) }

    fileprivate mutating func append(double: Double) {
        var bits = double.bitPattern
        for _ in 0..<8 {
            append(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
        }
    }
}
