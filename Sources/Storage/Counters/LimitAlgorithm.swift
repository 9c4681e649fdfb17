/// What a limit says about one request.
@frozen package struct LimitDecision: Equatable, Sendable {
    /// Whether the request fits.
    package var isAdmitted: Bool
    /// Requests left: after this one if it is admitted, 0 if not.
    package var remaining: Int
    /// Nanoseconds until there is more than `remaining`: of a refusal, exactly when to come again.
    /// 0 when the quota is whole.
    package var wait: Int64

    @inlinable package init(isAdmitted: Bool, remaining: Int, wait: Int64) {
        self.isAdmitted = isAdmitted
        self.remaining = remaining
        self.wait = wait
    }
}

/// The arithmetic of a limit: a value that knows the quota, over states that know one client. Time
/// is an argument, in nanoseconds of a clock that never jumps.
///
/// A refused request changes nothing: `decide` only looks, `take` consumes what was admitted.
package protocol LimitAlgorithm: Sendable {
    associatedtype State: Sendable

    /// The state of a client that was never seen.
    static var fresh: State { get }

    /// Looks whether one more request fits. Forgets what no longer counts.
    func decide(_ state: inout State, at now: Int64) -> LimitDecision
    /// Consumes one request that `decide` admitted at the same time.
    func take(_ state: inout State, at now: Int64)
    /// What is left, if nothing is taken.
    func report(_ state: inout State, at now: Int64) -> LimitDecision
    /// Whether forgetting the state would change no decision.
    func isFresh(_ state: borrowing State, at now: Int64) -> Bool
    /// How much would be forgiven if the state were forgotten: the least goes first when memory is
    /// short. Comparable within one limit.
    func weight(_ state: borrowing State, at now: Int64) -> UInt64
    /// Bytes of heap that the state holds.
    func heapBytes(_ state: borrowing State) -> Int
    /// Bytes of heap that `take` would add.
    func heapGrowth(_ state: borrowing State) -> Int
    /// The refusal of a request that would fit, had the state room to note it.
    func refusal(_ state: borrowing State, at now: Int64) -> LimitDecision
}

extension LimitAlgorithm {
    package func heapBytes(_ state: borrowing State) -> Int { 0 }
    package func heapGrowth(_ state: borrowing State) -> Int { 0 }
}
