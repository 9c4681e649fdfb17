/// The limits that apply to one request, and what the store decides. Lives on the stack.
@frozen package struct LimitBatch: Sendable {
    /// Most limits that can apply to one request at one stage.
    package static let capacity = 8

    @frozen package struct Item: Sendable {
        /// The `moment` of an item that took nothing.
        package static let tookNothing = Int64.min

        package var key: CounterKey
        package var decision: LimitDecision
        /// What the store noted when the item took, for giving it back: by the store's clock, and
        /// of no meaning to others.
        package var moment: Int64
        /// What the request takes of the quota. 0 asks whether anything is left and takes nothing;
        /// what is more than fits at once is always refused.
        package var cost: UInt32
        /// Place in the store's rules.
        @usableFromInline var place: UInt32
        /// Whether its refusal refuses nobody.
        package var isShadow: Bool

        @inlinable @inline(always)
        package init(rule: Int, key: CounterKey, cost: UInt32 = 1, isShadow: Bool = false) {
            self.key = key
            decision = LimitDecision(isAdmitted: true, remaining: 0, wait: 0)
            moment = Self.tookNothing
            self.cost = cost
            place = UInt32(truncatingIfNeeded: rule)
            self.isShadow = isShadow
        }

        /// Place in the store's rules.
        @inlinable package var rule: Int { Int(place) }

        /// Whether something was taken.
        @inlinable package var hasTaken: Bool { moment != Self.tookNothing }
    }

    @usableFromInline var items: InlineArray<8, Item>
    /// How many items there are.
    @usableFromInline package internal(set) var count = 0
    /// Whether every item that is not in shadow admits the request.
    package var isAdmitted = true

    @inlinable @inline(always)
    package init() {
        items = .init(
            repeating: Item(
                rule: 0, key: CounterKey(high: 0, low: 0), cost: 0, isShadow: false))
    }

    /// Adds a limit; rules come in ascending order, each once. Stores lock in this order.
    @inlinable @inline(always)
    package mutating func append(
        rule: Int, key: CounterKey, cost: UInt32 = 1, isShadow: Bool = false
    ) {
        precondition(rule >= 0)
        append(Item(rule: rule, key: key, cost: cost, isShadow: isShadow))
    }

    /// The same for one that was made before.
    @inlinable @inline(always)
    package mutating func append(_ item: Item) {
        precondition(count < Self.capacity)
        precondition(count == 0 || items[count &- 1].rule < item.rule)
        items[count] = item
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
