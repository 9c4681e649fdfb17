package import GatehouseStorage

/// One counter as plainly as its limit can be said: what was taken, when, and whether some more
/// would fit at a moment. Everything else is asked of that: what is left by trying each number,
/// how long to wait by looking for the first moment. Slow, and without a formula that could be
/// wrong in the same way as a store's.
package struct CounterModel {
    private struct Taken {
        var moment: Int64
        var amount: Int64
    }

    private let rule: LimitRule
    /// The finest time that the store knows, in nanoseconds.
    private let tick: Int64
    /// In the order of their moments.
    private var taken: [Taken] = []
    /// When the current window opened; for the windows alone.
    private var start: Int64 = 0
    /// When all is paid, in parts of a nanosecond, `quota` each; for GCRA alone.
    private var paid: Int128 = 0

    package init(_ rule: LimitRule, tick: Int64) {
        self.rule = rule
        self.tick = tick
    }

    private var quota: Int64 { Int64(rule.quota) }
    private var window: Int64 { rule.window }
    private var costMax: Int64 { Int64(rule.costMax) }

    // MARK: What the limit says

    /// Whether `amount` more fits at a moment.
    private func fits(_ amount: Int64, at now: Int64) -> Bool {
        switch rule.algorithm {
        case .slidingWindow:
            return sum(after: clock(now) - window) + amount <= quota
        case .fixedWindow:
            return (isOpen(now) ? sum(after: .min) : 0) + amount <= quota
        case .slidingCounter:
            let (current, previous, elapsed) = windows(now)
            let covered = Int128(previous) * Int128(window - elapsed)
            return covered + Int128(current + amount) * Int128(window)
                <= Int128(quota) * Int128(window)
        case .gcra(let burst):
            return owed(now) + Int128(amount) * Int128(window) <= Int128(burst) * Int128(window)
        }
    }

    private func sum(after moment: Int64) -> Int64 {
        taken.reduce(0) { $1.moment > moment ? $0 + $1.amount : $0 }
    }

    /// To the log, time never runs backwards.
    private func clock(_ now: Int64) -> Int64 { max(now, taken.last?.moment ?? now) }

    private func isOpen(_ now: Int64) -> Bool { !taken.isEmpty && now < start + window }

    private func owed(_ now: Int64) -> Int128 { max(paid - Int128(now) * Int128(quota), 0) }

    /// What the windows that cover a moment hold, and how old the later one is.
    private func windows(_ now: Int64) -> (current: Int64, previous: Int64, elapsed: Int64) {
        let opened = now < start + window ? start : start + window
        guard now < opened + window else { return (0, 0, 0) }
        var (current, previous) = (Int64(0), Int64(0))
        for part in taken {
            if part.moment >= opened {
                current += part.amount
            } else if part.moment >= opened - window {
                previous += part.amount
            }
        }
        return (current, previous, max(now - opened, 0))
    }

    // MARK: What follows from it

    /// Whether the counter is as good as new.
    package func isWhole(at now: Int64) -> Bool { fits(costMax, at: now) }

    private func left(at now: Int64) -> Int64 {
        var (low, high) = (Int64(0), costMax)
        while low < high {
            let middle = (low + high + 1) / 2
            if fits(middle, at: now) { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// Ticks until `amount` fits, in nanoseconds.
    private func wait(for amount: Int64, at now: Int64) -> Int64 {
        var high: Int64 = 1
        while !fits(amount, at: now + high * tick) { high *= 2 }
        var low = high / 2
        while low < high {
            let middle = (low + high) / 2
            if fits(amount, at: now + middle * tick) { high = middle } else { low = middle + 1 }
        }
        return low * tick
    }

    package func decision(cost: Int64, at now: Int64) -> LimitDecision {
        if cost > costMax || !fits(max(cost, 1), at: now) {
            let wait = cost > costMax ? window : wait(for: max(cost, 1), at: now)
            return LimitDecision(isAdmitted: false, remaining: Int(left(at: now)), wait: wait)
        }
        var after = self
        after.take(cost, at: now)
        let left = after.left(at: now)
        let wait = left == costMax ? 0 : after.wait(for: left + 1, at: now)
        return LimitDecision(isAdmitted: true, remaining: Int(left), wait: wait)
    }

    // MARK: Changes

    /// Takes; returns the moment by which it can be given back.
    @discardableResult
    package mutating func take(_ amount: Int64, at now: Int64) -> Int64 {
        guard amount > 0 else { return now }
        var moment = now
        switch rule.algorithm {
        case .slidingWindow:
            moment = clock(now)
            forget(until: moment - window)
        case .fixedWindow:
            if !isOpen(now) { (start, taken) = (now, []) }
            moment = max(now, start)
        case .slidingCounter:
            let (current, previous, _) = windows(now)
            if current + previous == 0 {
                (start, taken) = (now, [])
            } else if now >= start + window {
                start += window
            }
            forget(until: start - window - 1)
            moment = max(now, start)
        case .gcra:
            paid = Int128(now) * Int128(quota) + owed(now) + Int128(amount) * Int128(window)
            let part = Int128(quota) * Int128(tick)
            return Int64((paid + part - 1) / part) * tick
        }
        let place = taken.firstIndex { $0.moment > moment } ?? taken.count
        taken.insert(Taken(moment: moment, amount: amount), at: place)
        return moment
    }

    private mutating func forget(until moment: Int64) {
        taken.removeAll { $0.moment <= moment }
    }

    /// Takes without asking, up to a debt of one quota.
    package mutating func charge(_ amount: Int64, at now: Int64) {
        switch rule.algorithm {
        case .slidingWindow:
            take(min(amount, 2 * quota - sum(after: clock(now) - window)), at: now)
        case .fixedWindow:
            take(min(amount, 2 * quota - (isOpen(now) ? sum(after: .min) : 0)), at: now)
        case .slidingCounter:
            take(min(amount, 2 * quota - windows(now).current), at: now)
        case .gcra(let burst):
            let most = Int128(burst + rule.quota) * Int128(window)
            guard owed(now) <= most else { return }
            take(amount, at: now)
            paid = min(paid, Int128(now) * Int128(quota) + most)
        }
    }

    /// Gives back what was taken at a moment, as far as it counts.
    package mutating func giveBack(_ amount: Int64, taken moment: Int64, at now: Int64) {
        if case .gcra = rule.algorithm {
            let queued = Int128(max(moment - now, 0)) * Int128(quota)
            let back = min(Int128(amount) * Int128(window), queued)
            guard back > 0 else { return }
            let rest = owed(now) - back
            paid = rest > 0 ? Int128(now) * Int128(quota) + rest : 0
            return
        }
        var amount = amount
        for index in taken.indices where taken[index].moment == moment {
            let back = min(amount, taken[index].amount)
            taken[index].amount -= back
            amount -= back
        }
        taken.removeAll { $0.amount == 0 }
    }
}
