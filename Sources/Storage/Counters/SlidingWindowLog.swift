/// The exact sliding window: never more than `quota` in any span of `window`.
///
/// Keeps the time of each unit that still counts: two within the state, more in a ring on the heap
/// that doubles as it fills (32 bytes and 8 a unit), of at most `quota` and a debt of another.
package struct SlidingWindowLog: LimitAlgorithm {
    package struct State: Sendable {
        /// Room for few, while there is no ring.
        fileprivate var few: InlineArray<2, Int64> = [0, 0]
        fileprivate var ring: [Int64] = []
        fileprivate var head: UInt32 = 0
        fileprivate var count: UInt32 = 0
    }

    private let quota: Int
    private let window: Int64

    /// `quota` units in `window` nanoseconds.
    package init(quota: Int, window: Int64) {
        precondition(quota > 0 && quota <= LimitRule.quotaMax && window > 0)
        self.quota = quota
        self.window = window
    }

    package static var fresh: State { State() }

    package func decide(
        _ state: borrowing State, cost: UInt32, at now: Int64
    ) -> LimitDecision {
        let expired = expired(state, at: now)
        let live = Int(state.count) &- expired
        let left = quota &- live
        let asked = max(Int(cost), 1)
        if asked <= left {
            // One more fits when the oldest stops counting; of an empty log, what is taken now.
            let wait =
                live > 0 ? state[expired] &+ window &- now : cost == 0 ? 0 : window
            return LimitDecision(isAdmitted: true, remaining: left &- Int(cost), wait: wait)
        }
        let wait =
            asked <= quota
            ? state[expired &+ (asked &- left) &- 1] &+ window &- now : window
        return LimitDecision(isAdmitted: false, remaining: max(left, 0), wait: wait)
    }

    package func take(_ state: inout State, cost: UInt32, at now: Int64) -> Int64 {
        let now = state.advance(to: now)
        state.forget(expired(state, at: now))
        let needed = Int(state.count) &+ Int(cost)
        if needed > state.room {
            state.grow(to: room(for: needed, from: state.room))
        }
        for _ in 0..<cost { state.append(now) }
        return now
    }

    package func charge(_ state: inout State, amount: UInt32, at now: Int64) {
        let room = 2 &* quota &- (Int(state.count) &- expired(state, at: now))
        let amount = UInt32(clamping: min(Int(amount), room))
        if amount > 0 { _ = take(&state, cost: amount, at: now) }
    }

    package func giveBack(
        _ state: inout State, amount: UInt32, taken moment: Int64, at now: Int64
    ) {
        state.remove(Int(amount), of: moment)
    }

    /// How many of the oldest units no longer count.
    private func expired(_ state: borrowing State, at now: Int64) -> Int {
        state.upperBound(state.advance(to: now) &- window)
    }

    package func isFresh(_ state: borrowing State, at now: Int64) -> Bool {
        state.count == 0 || state.newest <= now &- window
    }

    /// The number of units first, then how late the last came.
    package func weight(_ state: borrowing State, at now: Int64) -> UInt64 {
        guard !isFresh(state, at: now) else { return 0 }
        let newest = UInt64(bitPattern: state.newest) >> 20
        return UInt64(min(state.count, 0xFFF_FFFF)) << 36 | newest & 0xF_FFFF_FFFF
    }

    package func heapBytes(_ state: borrowing State) -> Int { Self.heap(state.ring.count) }

    package func heapGrowth(_ state: borrowing State, taking cost: UInt32, at now: Int64) -> Int {
        // Nothing is looked up while it fits anyway.
        guard Int(state.count) &+ Int(cost) > state.room else { return 0 }
        let needed = Int(state.count) &- expired(state, at: now) &+ Int(cost)
        guard needed > state.room else { return 0 }
        return Self.heap(room(for: needed, from: state.room)) &- Self.heap(state.ring.count)
    }

    package func refusal(_ state: borrowing State, at now: Int64) -> LimitDecision {
        let expired = expired(state, at: now)
        let wait = expired < Int(state.count) ? state[expired] &+ window &- now : window
        return LimitDecision(isAdmitted: false, remaining: 0, wait: wait)
    }

    private func room(for needed: Int, from room: Int) -> Int {
        var room = max(8, room &* 2)
        while room < needed { room &*= 2 }
        return min(room, needed <= quota ? quota : 2 &* quota)
    }

    private static func heap(_ room: Int) -> Int { room == 0 ? 0 : 32 + 8 * room }
}

extension SlidingWindowLog.State {
    fileprivate var room: Int { ring.isEmpty ? few.count : ring.count }
    fileprivate var newest: Int64 { self[Int(count) - 1] }

    /// Loops note the time of their requests before they meet here: a request may come behind one
    /// that is younger. To this log time never runs backwards.
    fileprivate func advance(to now: Int64) -> Int64 { count == 0 ? now : max(now, newest) }

    fileprivate subscript(index: Int) -> Int64 {
        get {
            let place = place(index)
            return ring.isEmpty ? few[place] : ring[place]
        }
        set {
            let place = place(index)
            if ring.isEmpty { few[place] = newValue } else { ring[place] = newValue }
        }
    }

    private func place(_ index: Int) -> Int {
        let place = Int(head) &+ index
        return place < room ? place : place &- room
    }

    /// How many units are not younger than `moment`.
    fileprivate func upperBound(_ moment: Int64) -> Int {
        guard count > 0, self[0] <= moment else { return 0 }
        var (low, high) = (1, Int(count))
        if newest <= moment { return high }
        while low < high {
            let middle = (low &+ high) / 2
            if self[middle] <= moment { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    /// Drops so many of the oldest.
    fileprivate mutating func forget(_ number: Int) {
        head = UInt32(truncatingIfNeeded: place(number))
        count &-= UInt32(truncatingIfNeeded: number)
    }

    fileprivate mutating func append(_ moment: Int64) {
        count &+= 1
        self[Int(count) &- 1] = moment
    }

    /// Removes at most `number` units of one moment, moving whichever side is shorter.
    fileprivate mutating func remove(_ number: Int, of moment: Int64) {
        guard moment > .min else { return }
        let end = upperBound(moment)
        let number = min(number, end &- upperBound(moment &- 1))
        guard number > 0 else { return }
        let start = end &- number
        if start < Int(count) &- end {
            for index in stride(from: start &- 1, through: 0, by: -1) {
                self[index &+ number] = self[index]
            }
            return forget(number)
        }
        for index in end..<Int(count) { self[index &- number] = self[index] }
        count &-= UInt32(truncatingIfNeeded: number)
    }

    fileprivate mutating func grow(to room: Int) {
        var larger: [Int64] = []
        larger.reserveCapacity(room)
        for index in 0..<Int(count) { larger.append(self[index]) }
        while larger.count < room { larger.append(0) }
        ring = larger
        head = 0
    }
}
