/// What turned out different after a decision.
@frozen package struct LimitCorrection: Sendable {
    /// Place in the store's rules.
    package var rule: Int
    package var key: CounterKey
    /// Below zero: what is given back, at most what still counts of what was taken at `moment`;
    /// nothing once that no longer counts. Above: what is charged without asking, perhaps more than
    /// is left. A debt is at most one quota; what would exceed it is forgiven.
    package var amount: Int64
    /// The `moment` of the item that took; of no meaning to charges.
    package var moment: Int64

    /// Charges `amount` without asking.
    @inlinable
    package init(rule: Int, key: CounterKey, charging amount: UInt32) {
        self.rule = rule
        self.key = key
        self.amount = Int64(amount)
        moment = LimitBatch.Item.tookNothing
    }

    /// Gives back `amount` of what `item` took.
    @inlinable
    package init(givingBack amount: UInt32, of item: LimitBatch.Item) {
        rule = item.rule
        key = item.key
        self.amount = item.hasTaken ? -Int64(min(amount, item.cost)) : 0
        moment = item.moment
    }

    /// Gives back `amount` of what was taken at a store's `moment`.
    init(rule: Int, key: CounterKey, givingBack amount: UInt32, taken moment: Int64) {
        self.rule = rule
        self.key = key
        self.amount = -Int64(amount)
        self.moment = moment
    }
}

/// The corrections after one request. Lives on the stack.
@frozen package struct LimitCorrections: Sendable {
    /// One for each item of a batch.
    package static let capacity = LimitBatch.capacity

    @usableFromInline var items: InlineArray<8, LimitCorrection>
    /// How many there are.
    @usableFromInline package internal(set) var count = 0

    @inlinable package init() {
        items = .init(
            repeating: LimitCorrection(rule: 0, key: CounterKey(high: 0, low: 0), charging: 0))
    }

    /// Adds one; those that change nothing are left out.
    @inlinable
    package mutating func append(_ correction: LimitCorrection) {
        guard correction.amount != 0 else { return }
        precondition(count < Self.capacity)
        items[count] = correction
        count &+= 1
    }

    package subscript(index: Int) -> LimitCorrection {
        @inlinable @inline(__always) get {
            precondition(index < count)
            return items[index]
        }
    }
}
