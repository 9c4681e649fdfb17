package import GatehouseCore

/// Checks codes by time. It cannot be called without a store that remembers the last step used,
/// so that a code counts once, nor without a limiter of attempts.
package struct TOTPVerifier: Sendable {
    /// What is kept beside a secret.
    package struct State: Equatable, Sendable {
        /// The last step or counter whose code was taken; nothing up to it counts again.
        package var lastStep: Int64
        /// How many steps the owner's clock is ahead (positive) or behind.
        package var drift: Int64

        /// A factor that was never used.
        package init(lastStep: Int64 = -1, drift: Int64 = 0) {
            self.lastStep = lastStep
            self.drift = drift
        }
    }

    /// Remembers what was used. `advance` must be atomic: of two calls with one code one succeeds.
    package protocol ReplayStore {
        /// The state of the factor.
        func state() throws -> State
        /// Keeps `next` if the state is still `current`; false if somebody was faster.
        func advance(from current: State, to next: State) throws -> Bool
    }

    /// Bounds attempts. Asked before, told after.
    package protocol AttemptLimiter {
        /// Counts an attempt; false when there were too many.
        func admitAttempt() throws -> Bool
        /// Forgets the attempts: the code was right.
        func succeeded() throws
    }

    /// What a check found.
    package enum Verdict: Equatable, Sendable {
        /// The code is right, and used up.
        case accepted
        /// Wrong, or used before.
        case wrong
        /// Too many attempts: the code was not looked at.
        case limited
    }

    /// Steps accepted to either side of the owner's clock.
    private static let window: Int64 = 1
    /// The most that is learned about a clock: two minutes.
    private static let driftMax: Int64 = 4

    /// For every factor.
    package init() {}

    /// Checks a code at a moment.
    package func verify(
        _ code: String, with password: OneTimePassword, replay: some ReplayStore,
        limiter: some AttemptLimiter, now: WallTime
    ) throws -> Verdict {
        guard try limiter.admitAttempt() else { return .limited }
        guard let digits = password.digits(of: code) else { return .wrong }
        let state = try replay.state()
        let center = password.step(at: now) + state.drift
        guard let step = password.match(digits, in: center - Self.window...center + Self.window),
            step > state.lastStep
        else { return .wrong }
        // A clock that is off is followed one step at a time, so that a stolen phone's owner is not
        // locked out and a guesser never sees a wider window.
        let learned = min(max(step - password.step(at: now), -Self.driftMax), Self.driftMax)
        let next = State(lastStep: step, drift: learned)
        guard try replay.advance(from: state, to: next) else { return .wrong }
        try limiter.succeeded()
        return .accepted
    }
}
