/// What a limit says about one request.
@frozen package struct LimitDecision: Equatable, Sendable {
    /// Whether the request fits.
    package var isAdmitted: Bool
    /// What is left of the quota: after this request if it is admitted, as it is if not.
    package var remaining: Int
    /// Nanoseconds, rounded up, until there is more than `remaining`: of a refusal, until what the
    /// request asked for fits. 0 when the quota is whole. A request that can never fit is told to
    /// wait for a window.
    package var wait: Int64

    @inlinable package init(isAdmitted: Bool, remaining: Int, wait: Int64) {
        self.isAdmitted = isAdmitted
        self.remaining = remaining
        self.wait = wait
    }
}
