import GatehouseCore
package import GatehouseHTTP
import GatehouseStorage
import Synchronization

/// How many requests a control's policies hold back at a time, in all and of one client: waits must
/// not become the attack that they answer (PITFALLS 60).
package struct LimitHolds: Sendable {
    package let owner: UInt32
    private let policies: [Policy?]

    private final class Policy: Sendable {
        let name: String
        let heldMax: Int
        let perClientMax: Int
        /// At most `heldMax` clients.
        let held = Mutex<(count: Int, clients: [CounterKey: Int])>((0, [:]))

        init(_ policy: RateLimitPolicy, _ slow: RateLimitPolicy.SlowDown) {
            name = policy.name
            heldMax = slow.heldMax
            perClientMax = slow.heldPerClientMax
        }

        func enter(_ key: CounterKey) -> Bool {
            held.withLock { held in
                let own = held.clients[key] ?? 0
                guard held.count < heldMax, own < perClientMax else { return false }
                held.count += 1
                held.clients[key] = own + 1
                return true
            }
        }

        func leave(_ key: CounterKey) {
            held.withLock { held in
                held.count -= 1
                let own = (held.clients[key] ?? 1) - 1
                held.clients[key] = own > 0 ? own : nil
            }
        }
    }

    init?(_ plan: RateLimitPlan) {
        guard plan.entries.contains(where: { $0.policy.slowDown != nil }) else { return nil }
        owner = plan.owner
        policies = plan.entries.map { entry in
            entry.policy.slowDown.map { Policy(entry.policy, $0) }
        }
    }

    /// Takes a place for a wait.
    /// - Throws: 429 when there is none: the request then counts as never sent.
    package func enter(
        _ delay: LimitReport.Delay, _ request: Request
    ) throws(Rejection) {
        guard let policy = policies[delay.policy] else { return }
        let key = CounterKey(high: delay.key.high, low: delay.key.low)
        guard policy.enter(key) else {
            throw Self.refusal(
                policy.name, "no place to wait", seconds: delay.nanoseconds, request)
        }
    }

    /// Gives the place back.
    package func leave(_ delay: LimitReport.Delay) {
        policies[delay.policy]?.leave(CounterKey(high: delay.key.high, low: delay.key.low))
    }

    /// Refuses a request whose client did not wait.
    package func refusal(gone delay: LimitReport.Delay, _ request: Request) -> Rejection {
        var rejection = Self.refusal(
            policies[delay.policy]?.name ?? "", "client went away", seconds: delay.nanoseconds,
            request)
        rejection.closesConnection = true
        return rejection
    }

    private static func refusal(
        _ name: String, _ why: String, seconds: Int64, _ request: Request
    ) -> Rejection {
        request.limits.isWithdrawn = true
        request.limits.violate(name)
        var rejection = Rejection(
            429, .rateLimited, detail: "limit \(name): \(why)",
            retryAfter: max(1, RateLimitPlan.seconds(seconds)))
        rejection.members = RateLimitPlan.violatedPolicies(request.limits.violated)
        return rejection
    }

    /// Requests held now, for tests and figures.
    package var count: Int {
        policies.reduce(0) { $0 + ($1?.held.withLock { $0.count } ?? 0) }
    }
}
