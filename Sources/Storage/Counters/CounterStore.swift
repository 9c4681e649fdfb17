package import GatehouseCore

/// Counts requests against rules: the seam between limits and where their counters live.
///
/// A store is made for a list of rules; batches name a rule by its place in that list. A remote
/// store reads its own clock, so that machines need not agree, and ignores `now`.
package protocol CounterStore: AnyObject, Sendable {
    /// The rules it was made for.
    var rules: [LimitRule] { get }
    /// The secret that keys for it are hashed with.
    var seed: CounterSeed { get }

    /// Decides all items of a batch as one: either each of them takes, or none does. Items in
    /// shadow have no say; each of them takes if the request is admitted and would be by it too.
    func decide(
        _ batch: inout LimitBatch, at now: MonotonicTime
    ) async throws(CounterStoreError)

    /// Corrects counters when more is known: gives back, or charges without asking.
    func settle(
        _ corrections: LimitCorrections, at now: MonotonicTime
    ) async throws(CounterStoreError)

    /// What is left under a key; takes nothing.
    func report(
        rule: Int, key: CounterKey, at now: MonotonicTime
    ) async throws(CounterStoreError) -> LimitDecision

    /// Forgets a counter: its quota is whole again.
    func reset(rule: Int, key: CounterKey) async throws(CounterStoreError)
}

/// A store in this process: it decides at once and cannot fail. Controls, which are synchronous,
/// take one of these; for others there is the asynchronous form.
package protocol LocalCounterStore: CounterStore {
    /// Decides all items of a batch as one.
    func decide(_ batch: inout LimitBatch, at now: MonotonicTime)
    /// Decides a limit that applies alone.
    func decide(_ item: inout LimitBatch.Item, at now: MonotonicTime)
    /// Gives back, or charges without asking.
    func settle(_ corrections: LimitCorrections, at now: MonotonicTime)
    /// What is left under a key; takes nothing.
    func report(rule: Int, key: CounterKey, at now: MonotonicTime) -> LimitDecision
    /// Forgets a counter.
    func reset(rule: Int, key: CounterKey)
}

/// Why a store gave no decision. What then happens is the limit's to say, never the store's.
package enum CounterStoreError: Error, Equatable, Sendable {
    /// It could not be reached or did not answer in time.
    case unavailable(String)
}
