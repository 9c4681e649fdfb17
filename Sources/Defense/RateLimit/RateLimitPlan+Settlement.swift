import GatehouseCore
import GatehouseHTTP
import GatehouseStorage

extension RateLimitPlan {
    /// What is corrected once a request is over: places at a time are given back however it ended,
    /// so are requests that turned out not to count; bytes and further cost are charged, and what
    /// code asked for is done.
    func correct(
        _ request: Request, _ exchange: ExchangeSummary, _ body: (LimitCorrection, Bool) -> Void
    ) {
        let report = request.limits
        for item in report.items where item.owner == owner {
            var amount = change(item, report, exchange)
            for wanted in report.adjustments
            where wanted.policy == entries[item.policy].policy.name {
                amount.add(units(wanted.amount, item.policy))
            }
            emit(item, amount, body)
        }
        for wanted in report.adjustments where wanted.amount > 0 {
            charge(wanted, request, body)
        }
    }

    /// Given back and charged: two things, since only what was taken can be given back.
    private struct Change {
        var isWhole = false
        var amount: Int64 = 0

        mutating func add(_ more: Int64) {
            let (sum, overflowed) = amount.addingReportingOverflow(more)
            amount = overflowed ? (more > 0 ? .max : .min) : sum
        }
    }

    private func change(
        _ item: LimitReport.Item, _ report: LimitReport, _ exchange: ExchangeSummary
    ) -> Change {
        let policy = entries[item.policy].policy
        let wasRefused = report.refusedStage != nil || report.isWithdrawn
        var change = Change()
        change.isWhole =
            report.isWithdrawn || report.refusedStage == stage.rawValue
            || policy.algorithm == .concurrency
        guard !wasRefused, !item.isRefused else {
            // No answer of the API: neither a failure nor a success of its caller.
            if policy.counts != .all { change.isWhole = true }
            return change
        }
        switch policy.counts {
        case .all: break
        case .failures: if exchange.status < 400 { change.isWhole = true }
        case .successes: if exchange.status >= 400 { change.isWhole = true }
        }
        switch policy.unit {
        case .requests: break
        case .bytes:
            change.add(units(exchange.contentReceived + exchange.contentSent, item.policy))
        case .cost: change.add(Int64(report.extraCost))
        }
        return change
    }

    /// Amounts in the store's units, rounded up.
    private func units(_ amount: Int, _ index: Int) -> Int64 {
        let scale = entries[index].traits.scale
        return Int64(amount / scale + (amount % scale > 0 ? 1 : 0))
    }

    private func emit(
        _ item: LimitReport.Item, _ change: Change, _ body: (LimitCorrection, Bool) -> Void
    ) {
        var back = change.isWhole ? Int64(item.taken) : 0
        if change.amount < 0 { back = min(Int64(item.taken), max(back, 0 &- change.amount)) }
        let key = CounterKey(high: item.key.high, low: item.key.low)
        if back > 0, item.moment != LimitBatch.Item.tookNothing {
            var correction = LimitCorrection(rule: Int(item.rule), key: key, charging: 0)
            correction.amount = -back
            correction.moment = item.moment
            body(correction, item.isFallback)
        }
        if change.amount > 0 {
            body(
                LimitCorrection(
                    rule: Int(item.rule), key: key, charging: UInt32(clamping: change.amount)),
                item.isFallback)
        }
    }

    /// Charges a policy that the request did not meet by itself.
    private func charge(
        _ wanted: LimitReport.Adjustment, _ request: Request,
        _ body: (LimitCorrection, Bool) -> Void
    ) {
        guard let index = entries.firstIndex(where: { $0.policy.name == wanted.policy }),
            !request.limits.items.contains(where: { $0.owner == owner && $0.policy == index })
        else { return }
        let choice = choice(index, request)
        body(
            LimitCorrection(
                rule: entries[index].choices[choice].rule, key: key(index, choice, request),
                charging: UInt32(clamping: units(wanted.amount, index))),
            false)
    }
}

extension LimitCorrections {
    /// Adds a correction; what is full goes out first.
    mutating func add(_ correction: LimitCorrection, _ send: (LimitCorrections) -> Void) {
        if count == Self.capacity {
            send(self)
            self = LimitCorrections()
        }
        append(correction)
    }
}
