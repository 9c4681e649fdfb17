package import GatehouseCore
import Synchronization

/// The key set of another issuer, kept in memory: asked for in the background, never by a request;
/// kept through the issuer's outages; asked again early, but not often, when a token names a key
/// that is not there.
package final class RemoteJWKS: VerificationKeySource {
    /// Times of the cache.
    package struct Timing: Sendable {
        /// Between two looks when the answer says nothing. Default 10 minutes.
        package var refresh = Duration.seconds(600)
        /// Bounds on what the answer may say. Default 1 minute to 1 day.
        package var refreshBounds = Duration.seconds(60)...Duration.seconds(86_400)
        /// Between two looks because of unknown keys, and after a failure. Default 30 seconds.
        package var cooldown = Duration.seconds(30)
        /// How long keys count without a new answer. Default 1 day.
        package var staleMax = Duration.seconds(86_400)

        /// The defaults.
        package init() {}
    }

    private struct State {
        var keys: VerificationKeys?
        var adopted = MonotonicTime(nanoseconds: 0)
        var due = MonotonicTime(nanoseconds: .min)
        var lastTry = MonotonicTime(nanoseconds: .min)
        var isUnknownWanted = false
        var text: [UInt8] = []
    }

    /// Where the set is.
    package let url: String
    private let timing: Timing
    private let state = Mutex(State())
    private let counter = Atomic<UInt64>(0)

    /// Nothing is known yet: tokens of the issuer are refused until `adopt`.
    package init(url: String, timing: Timing = Timing()) {
        self.url = url
        self.timing = timing
    }

    package func keys() -> VerificationKeys? { state.withLock { $0.keys } }
    package var generation: UInt64 { counter.load(ordering: .acquiring) }
    package func keyWasUnknown() { state.withLock { $0.isUnknownWanted = true } }

    /// Whether the set should be asked for now. Saying yes counts as a try.
    package func isDue(now: MonotonicTime) -> Bool {
        let (isDue, isStale) = state.withLock { state -> (Bool, Bool) in
            let isStale = state.keys != nil && now > state.adopted + timing.staleMax
            if isStale { state.keys = nil }
            let isCool =
                state.lastTry.nanoseconds == .min || now >= state.lastTry + timing.cooldown
            guard isCool, now >= state.due || state.isUnknownWanted else { return (false, isStale) }
            state.lastTry = now
            state.isUnknownWanted = false
            return (true, isStale)
        }
        if isStale { counter.wrappingAdd(1, ordering: .releasing) }
        return isDue
    }

    /// Takes a set over; one without a usable key is refused, and the old one stays.
    /// - Parameter maxAge: what the answer's `Cache-Control` says.
    package func adopt(
        _ json: [UInt8], maxAge: Duration?, now: MonotonicTime
    ) throws(ConfigurationError) {
        let set = try JWKSet(json.raw, skipsBroken: true)
        let keys = try VerificationKeys(set.keys)
        let bounds = timing.refreshBounds
        let wait = min(max(maxAge ?? timing.refresh, bounds.lowerBound), bounds.upperBound)
        let isChanged = state.withLock { state in
            let isChanged = state.text != json || state.keys == nil
            state.keys = keys
            state.text = json
            state.adopted = now
            state.due = now + wait
            return isChanged
        }
        if isChanged { counter.wrappingAdd(1, ordering: .releasing) }
    }
}
