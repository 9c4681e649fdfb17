package import GatehouseCore

/// Leaves a server alone that fails: closed (all pass) → open (all are refused) → half-open (one
/// tries) → closed or open again, each time for longer.
///
/// A value without a clock: time is an argument.
package struct CircuitBreaker: Sendable, Equatable {
    package struct Settings: Sendable, Equatable {
        /// So many failures …
        package var failuresMax = 5
        /// … within this time open it.
        package var window = Duration.seconds(10)
        /// How long it stays open the first time; doubled with each trial that fails.
        package var openFirst = Duration.seconds(1)
        package var openMax = Duration.seconds(15)
        /// A trial without an outcome for so long is forgotten.
        package var trialMax = Duration.seconds(5)

        package init() {}
    }

    package enum State: String, Sendable {
        case closed
        case open
        case halfOpen = "half-open"
    }

    /// What a caller may do.
    package enum Admission: Sendable, Equatable {
        case pass
        /// Go and see: everything depends on how this one fares.
        case trial
        case refuse
    }

    private let settings: Settings
    package private(set) var state = State.closed
    /// Failures in the window, oldest first; at most `failuresMax` of them.
    private var failures: [MonotonicTime] = []
    /// Until when it is open, or a trial counts.
    private var until = MonotonicTime(nanoseconds: .min)
    private var openTime: Duration

    package init(_ settings: Settings = Settings()) {
        precondition(settings.failuresMax > 0)
        self.settings = settings
        openTime = settings.openFirst
    }

    /// Asks whether to go on.
    package mutating func admit(at now: MonotonicTime) -> Admission {
        switch state {
        case .closed: return .pass
        case .open where now < until, .halfOpen where now < until: return .refuse
        case .open, .halfOpen:
            state = .halfOpen
            until = now + settings.trialMax
            return .trial
        }
    }

    /// Notes an answer.
    package mutating func succeeded() {
        guard state == .halfOpen else { return }
        state = .closed
        failures = []
        openTime = settings.openFirst
    }

    /// Notes that none came.
    package mutating func failed(at now: MonotonicTime) {
        switch state {
        case .open: return
        case .halfOpen:
            openTime = min(openTime + openTime, settings.openMax)
            open(at: now)
        case .closed:
            failures.removeAll { $0 + settings.window <= now }
            failures.append(now)
            if failures.count >= settings.failuresMax { open(at: now) }
        }
    }

    private mutating func open(at now: MonotonicTime) {
        state = .open
        failures = []
        until = now + openTime
    }
}
