/// The arithmetic of a limit: a value that knows the quota, over states that know one client. Time
/// is an argument, in nanoseconds.
///
/// A refused request changes nothing: `decide` only looks, `take` consumes what was admitted.
///
/// Within a state time never runs backwards, whatever callers say: a clock that lags or jumps back
/// gives nothing away, and one that jumps forward forgives what waiting so long would have.
package protocol LimitAlgorithm: Sendable {
    associatedtype State: Sendable

    /// The state of a client that was never seen.
    static var fresh: State { get }

    /// Looks whether `cost` more fits: of 0, whether anything does.
    func decide(_ state: borrowing State, cost: UInt32, at now: Int64) -> LimitDecision
    /// Consumes what `decide` admitted at the same time; `cost` is above 0. Returns the moment by
    /// which it can be given back.
    func take(_ state: inout State, cost: UInt32, at now: Int64) -> Int64
    /// Consumes without asking, up to a debt of one quota.
    func charge(_ state: inout State, amount: UInt32, at now: Int64)
    /// Gives back what was taken at `moment`, as far as it still counts.
    func giveBack(_ state: inout State, amount: UInt32, taken moment: Int64, at now: Int64)

    /// Whether forgetting the state would change no decision.
    func isFresh(_ state: borrowing State, at now: Int64) -> Bool
    /// How much would be forgiven if the state were forgotten: the least goes first when memory is
    /// short. Comparable within one limit.
    func weight(_ state: borrowing State, at now: Int64) -> UInt64
    /// Bytes of heap that the state holds.
    func heapBytes(_ state: borrowing State) -> Int
    /// Bytes of heap that taking `cost` would add.
    func heapGrowth(_ state: borrowing State, taking cost: UInt32, at now: Int64) -> Int
    /// The refusal of a request that would fit, had the state room to note it.
    func refusal(_ state: borrowing State, at now: Int64) -> LimitDecision
}

extension LimitAlgorithm {
    package func heapBytes(_ state: borrowing State) -> Int { 0 }
    package func heapGrowth(_ state: borrowing State, taking cost: UInt32, at now: Int64) -> Int {
        0
    }
    /// Never asked of states that hold no heap.
    package func refusal(_ state: borrowing State, at now: Int64) -> LimitDecision {
        LimitDecision(isAdmitted: false, remaining: 0, wait: 1)
    }
}
