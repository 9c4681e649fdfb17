package import GatehouseCore

/// Counts requests against rules: the seam between limits and where their counters live.
///
/// A store is made for a list of rules; batches name a rule by its place in that list.
package protocol CounterStore: AnyObject, Sendable {
    /// The rules it was made for.
    var rules: [LimitRule] { get }
    /// The secret that keys for it are hashed with.
    var seed: CounterSeed { get }

    /// Decides all items of a batch as one: either each of them takes, or none does.
    ///
    /// A remote store reads its own clock, so that machines need not agree, and ignores `now`.
    func decide(
        _ batch: inout LimitBatch, at now: MonotonicTime
    ) async throws(CounterStoreError)
}

/// A store in this process: it decides at once and cannot fail. Controls, which are synchronous,
/// take one of these; for others there is the asynchronous form.
package protocol LocalCounterStore: CounterStore {
    /// Decides all items of a batch as one: either each of them takes, or none does.
    func decide(_ batch: inout LimitBatch, at now: MonotonicTime)
}

/// Why a store gave no decision. What then happens is the limit's to say, never the store's.
package enum CounterStoreError: Error, Equatable, Sendable {
    /// It could not be reached or did not answer in time.
    case unavailable(String)
}

/// The limits that apply to one request, and what the store decides. Lives on the stack.
@frozen package struct LimitBatch: Sendable {
    /// Most limits that can apply to one request at one stage.
    package static let capacity = 8

    @frozen package struct Item: Sendable {
        /// Place in the store's rules.
        package var rule: Int
        package var key: CounterKey
        package var decision: LimitDecision

        @inlinable init(rule: Int, key: CounterKey, decision: LimitDecision) {
            self.rule = rule
            self.key = key
            self.decision = decision
        }
    }

    @usableFromInline var items: InlineArray<8, Item>
    /// How many items there are.
    @usableFromInline package internal(set) var count = 0
    /// Whether every item admits the request.
    package internal(set) var isAdmitted = true

    @inlinable package init() {
        items = .init(
            repeating: Item(
                rule: 0, key: CounterKey(high: 0, low: 0),
                decision: LimitDecision(isAdmitted: true, remaining: 0, wait: 0)))
    }

    /// Adds a limit; rules come in ascending order, each once. Stores lock in this order.
    @inlinable @inline(__always)
    package mutating func append(rule: Int, key: CounterKey) {
        precondition(count < Self.capacity)
        precondition(count == 0 || items[count &- 1].rule < rule)
        items[count].rule = rule
        items[count].key = key
        count &+= 1
    }

    package subscript(index: Int) -> Item {
        @inlinable @inline(__always) get {
            precondition(index < count)
            return items[index]
        }
        @inlinable @inline(__always) set {
            precondition(index < count)
            items[index] = newValue
        }
    }
}
