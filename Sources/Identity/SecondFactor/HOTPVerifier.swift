/// Checks codes by counter (RFC 4226). Like `TOTPVerifier` it cannot be called without what
/// remembers the last counter and bounds attempts.
package struct HOTPVerifier: Sendable {
    /// How many counters ahead are looked at: a button pressed without a sign-in moves the token on
    /// (RFC 4226 section 7.4). Fewer are safer; attempts are bounded besides.
    package static let lookAhead: Int64 = 5

    /// For every factor.
    package init() {}

    /// Checks a code; a right one uses up its counter and all before it.
    package func verify(
        _ code: String, with password: OneTimePassword, replay: some TOTPVerifier.ReplayStore,
        limiter: some TOTPVerifier.AttemptLimiter
    ) throws -> TOTPVerifier.Verdict {
        guard try limiter.admitAttempt() else { return .limited }
        guard let digits = password.digits(of: code) else { return .wrong }
        let state = try replay.state()
        let first = state.lastStep + 1
        guard let counter = password.match(digits, in: first...first + Self.lookAhead) else {
            return .wrong
        }
        let next = TOTPVerifier.State(lastStep: counter, drift: 0)
        guard try replay.advance(from: state, to: next) else { return .wrong }
        try limiter.succeeded()
        return .accepted
    }
}
