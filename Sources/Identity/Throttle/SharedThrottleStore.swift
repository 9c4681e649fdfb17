package import GatehouseCore

/// Counters that gates share, with an answer for the time when they are away. Guessing is never
/// without a limit: failures that could not be counted for all are counted here, and refuse here.
package final class SharedThrottleStore: ThrottleStore {
    /// What becomes of tries whose counters cannot be read.
    package enum Fallback: String, CaseIterable, Sendable {
        /// None is made: sign-in answers 503.
        case refuse
        /// Each gate counts by itself: a guesser has the allowance of each.
        case local
    }

    private let remote: any ThrottleStore
    private let local = MemoryThrottleStore()
    private let fallback: Fallback

    package init(_ remote: any ThrottleStore, whenUnavailable fallback: Fallback) {
        self.remote = remote
        self.fallback = fallback
    }

    package func wait(
        _ keys: [ThrottleKey], now: MonotonicTime
    ) throws(ThrottleUnavailable) -> Duration? {
        // What only this gate counted refuses also when the others' counters are back.
        let own = local.wait(keys, now)
        do throws(ThrottleUnavailable) {
            guard let shared = try remote.wait(keys, now: now) else { return own }
            return max(shared, own ?? .zero)
        } catch {
            if fallback == .refuse { throw error }
            return own
        }
    }

    package func count(_ keys: [ThrottleKey], now: MonotonicTime) {
        do throws(ThrottleUnavailable) { try remote.count(keys, now: now) } catch {
            local.count(keys, now: now)
        }
    }

    package func forget(_ key: ThrottleKey) throws(ThrottleUnavailable) {
        local.forget(key)
        try remote.forget(key)
    }
}
