import GatehouseCore
import GatehouseHTTP
import GatehouseStorage

extension RateLimitPlan {
    /// Seconds after which a place may be free where nobody can tell.
    private static let concurrencyRetry = 1

    /// Notes what was decided; returns the refusal if there is one.
    func note(
        _ batch: borrowing LimitBatch, in request: Request, fallback: [LimitRule]? = nil
    ) -> Rejection? {
        var refusal: Rejection?
        var place = 0
        for index in 0..<batch.count {
            let item = batch[index]
            while entries[place].last < item.rule { place += 1 }
            note(item, place, isAdmitted: batch.isAdmitted, in: request, fallback, &refusal)
        }
        return finished(refusal, request)
    }

    /// Notes what was decided of the only policy.
    func note(_ item: LimitBatch.Item, in request: Request) -> Rejection? {
        var refusal: Rejection?
        let isAdmitted = item.decision.isAdmitted || item.isShadow
        note(item, 0, isAdmitted: isAdmitted, in: request, nil, &refusal)
        return finished(refusal, request)
    }

    @inline(__always)
    private func note(
        _ item: LimitBatch.Item, _ place: Int, isAdmitted: Bool, in request: Request,
        _ fallback: [LimitRule]?, _ refusal: inout Rejection?
    ) {
        let isRefused = !item.decision.isAdmitted
        append(item, place, to: &request.limits, fallback != nil)
        if isRefused || request.id.low & Self.sampleMask == 0 {
            rank(place, item, request, isRefused: isRefused)
        }
        if isRefused, !item.isShadow {
            refuse(place, item, in: &request.limits, &refusal)
        } else if isAdmitted, !item.isShadow, let slow = entries[place].traits.slowDown {
            ask(slow, place, item, fallback, in: &request.limits)
        }
    }

    @inline(__always)
    private func finished(_ refusal: Rejection?, _ request: Request) -> Rejection? {
        guard var refusal else { return nil }
        request.limits.refusedStage = stage.rawValue
        request.limits.needsSettling = true
        refusal.members = Self.violatedPolicies(request.limits.violated)
        return refusal
    }

    @inline(__always)
    private func append(
        _ item: LimitBatch.Item, _ place: Int, to report: inout LimitReport, _ isFallback: Bool
    ) {
        let hasTaken = item.hasTaken
        if entries[place].traits.isCorrected, hasTaken || item.cost == 0 {
            report.needsSettling = true
        }
        report.append(
            .init(
                owner: owner, policy: place,
                remaining: item.decision.remaining &* entries[place].traits.scale,
                waitSeconds: entries[place].traits.isConcurrency
                    ? 0 : Self.seconds(item.decision.wait),
                isRefused: !item.decision.isAdmitted, rule: UInt32(truncatingIfNeeded: item.rule),
                number: entries[place].traits.number, key: (item.key.high, item.key.low),
                moment: item.moment, taken: hasTaken ? item.cost : 0, isShadow: item.isShadow,
                isFallback: isFallback))
    }

    private func refuse(
        _ place: Int, _ item: LimitBatch.Item, in report: inout LimitReport,
        _ refusal: inout Rejection?
    ) {
        let policy = entries[place].policy
        report.violate(policy.name)
        let seconds =
            policy.algorithm == .concurrency
            ? Self.concurrencyRetry : Self.seconds(item.decision.wait)
        let retryAfter = max(refusal?.retryAfter ?? 1, seconds)
        let detail = refusal.map { $0.detail + ", " + policy.name } ?? entries[place].detail
        // Whose failures were too many is told so; a quota that is used up as well is the plainer.
        let isGuessing = policy.counts == .failures && refusal?.code != .rateLimited
        refusal = Rejection(
            429, isGuessing ? .abnormalUsage : .rateLimited, detail: detail,
            retryAfter: retryAfter)
    }

    private func ask(
        _ slow: RateLimitPolicy.SlowDown, _ place: Int, _ item: LimitBatch.Item,
        _ fallback: [LimitRule]?, in report: inout LimitReport
    ) {
        let whole = entries[place].choices[item.rule - entries[place].first].costMax
        // A share of the quota slows down after the same share of it.
        let most = fallback?[item.rule].costMax ?? whole
        let wait = slow.wait(most - item.decision.remaining - slow.after * most / whole)
        guard wait > .zero else { return }
        report.ask(
            .init(
                owner: owner, policy: place, key: (item.key.high, item.key.low),
                nanoseconds: wait.nanoseconds))
    }

    /// Rounded up: who comes back when told so must not be refused.
    static func seconds(_ nanoseconds: Int64) -> Int {
        Int(nanoseconds / 1_000_000_000) + (nanoseconds % 1_000_000_000 > 0 ? 1 : 0)
    }

    /// `violated-policies` (draft-ietf-httpapi-ratelimit-headers-10 section 5); names of policies
    /// hold nothing that JSON would escape.
    static func violatedPolicies(_ names: [String]) -> [UInt8] {
        guard !names.isEmpty else { return [] }
        let list = names.map { "\"\($0)\"" }.joined(separator: ",")
        return Array(",\"violated-policies\":[\(list)]".utf8)
    }
}

// MARK: Fields

extension RateLimitPlan {
    /// Adds `RateLimit-Policy` and `RateLimit` for what was noted here, tightest first; what is in
    /// shadow is not told.
    ///
    /// Another control adds lines of its own: lists may be split over several lines (RFC 9651
    /// section 3.1).
    func render(_ request: Request, into fields: inout Fields) {
        // The report is looked at where it is: a copy would own all of its arrays for a moment.
        var count = 0
        var only = 0
        for index in request.limits.items.indices where isTold(request.limits.items[index]) {
            count += 1
            only = index
        }
        guard count > 0 else { return }
        if count == 1 {
            let (policy, choice) = place(request.limits.items[only])
            fields.append(entries[policy].choices[choice].policyField)
            fields.append(.rateLimit) { output in
                render(request.limits.items[only], &output)
            }
            return
        }
        fields.append(.rateLimitPolicy) { output in
            list(request, &output) { item, output in
                let (policy, choice) = place(item)
                output.append(contentsOf: entries[policy].choices[choice].policyItem)
            }
        }
        fields.append(.rateLimit) { output in list(request, &output, render) }
    }

    @inline(__always)
    private func isTold(_ item: LimitReport.Item) -> Bool { item.owner == owner && !item.isShadow }

    @inline(__always)
    private func place(_ item: LimitReport.Item) -> (policy: Int, choice: Int) {
        (item.policy, Int(item.rule) - entries[item.policy].first)
    }

    /// Appends own items with commas between them.
    private func list(
        _ request: Request, _ output: inout [UInt8],
        _ append: (LimitReport.Item, inout [UInt8]) -> Void
    ) {
        var isFirst = true
        for index in request.limits.items.indices where isTold(request.limits.items[index]) {
            if !isFirst { output.append(", ") }
            append(request.limits.items[index], &output)
            isFirst = false
        }
    }

    /// `"default";r=50;t=30`; a whole quota has no `t`, for nothing will be added to it, and
    /// requests at a time have none, for nobody knows when one ends.
    @inline(__always)
    private func render(_ item: LimitReport.Item, _ output: inout [UInt8]) {
        output.append(contentsOf: entries[item.policy].remainingItem)
        output.append(decimal: item.remaining)
        if item.waitSeconds > 0 {
            output.append(";t=")
            output.append(decimal: item.waitSeconds)
        }
        guard entries[item.policy].traits.tellsPartition else { return }
        output.append(";pk=:")
        output.append(contentsOf: Self.partition(item.key).utf8)
        output.append(":")
    }

    /// The counter's key through the hash once more: the key itself says where a counter lies.
    static func partition(_ key: (high: UInt64, low: UInt64)) -> String {
        var hasher = CounterHasher(CounterSeed(key.high, key.low))
        hasher.combine(0x706B)
        let word = hasher.finish().high
        // Eight digits of base64, 48 bits: a byte sequence (RFC 9651 section 3.3.5) that needs no
        // padding.
        return String(
            (0..<8).map { alphabet[Int(truncatingIfNeeded: word >> UInt64($0 * 6) & 63)] })
    }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}
