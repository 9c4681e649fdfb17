import GatehouseCore
import GatehouseDefense
import GatehouseHTTP

/// Makes requests wait as their limits ask, on the loop's clock, within the limits' bounds.
struct SlowDown: Sendable {
    private let holds: [LimitHolds]

    /// Nil where no limit makes anybody wait.
    init?(_ limits: LimitBuilder.Limits) {
        holds = [
            limits.coarse?.holds, limits.fine?.holds, limits.remoteCoarse?.holds,
            limits.remoteFine?.holds,
        ].compactMap(\.self)
        if holds.isEmpty { return nil }
    }

    /// Waits for what was asked and not waited for at an earlier stage.
    /// - Throws: 429 when too many wait, or the client did not.
    func wait(_ request: Request) async throws(Rejection) {
        guard let delay = request.limits.delay else { return }
        request.limits.delay = nil
        let rest = delay.nanoseconds &- request.limits.held
        guard rest > 0, let holder = request.holder,
            let hold = holds.first(where: { $0.owner == delay.owner })
        else { return }
        try hold.enter(delay, request)
        let end = await holder.hold(for: .nanoseconds(rest))
        hold.leave(delay)
        request.limits.held += rest
        if case .gone = end { throw hold.refusal(gone: delay, request) }
    }
}
