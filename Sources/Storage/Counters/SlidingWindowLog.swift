/// The exact sliding window: never more than `quota` requests in any span of `window`.
///
/// Keeps the time of each admitted request that still counts, at most `quota` of them: two within
/// the state, more in a ring on the heap that doubles as it fills (32 bytes and 8 a request).
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

    /// `quota` requests in `window` nanoseconds.
    package init(quota: Int, window: Int64) {
        precondition(quota > 0 && quota <= UInt32.max && window > 0)
        self.quota = quota
        self.window = window
    }

    package static var fresh: State { State() }

    package func decide(_ state: inout State, at now: Int64) -> LimitDecision {
        let left = quota &- live(&state, at: now)
        return LimitDecision(
            isAdmitted: left > 0, remaining: max(left &- 1, 0), wait: expiry(state, now) &- now)
    }

    package func take(_ state: inout State, at now: Int64) {
        let now = state.advance(to: now)
        if Int(state.count) == state.room {
            precondition(state.room < quota)
            state.grow(to: Self.nextRoom(state.room, quota: quota))
        }
        state.append(now)
    }

    package func report(_ state: inout State, at now: Int64) -> LimitDecision {
        let count = live(&state, at: now)
        return LimitDecision(
            isAdmitted: count < quota, remaining: quota &- count,
            wait: count == 0 ? 0 : expiry(state, now) &- now)
    }

    /// How many requests count, after forgetting those that don't.
    private func live(_ state: inout State, at now: Int64) -> Int {
        state.forget(until: state.advance(to: now) &- window)
        return Int(state.count)
    }

    package func isFresh(_ state: borrowing State, at now: Int64) -> Bool {
        state.count == 0 || state.newest <= now &- window
    }

    /// The number of requests first, then how late the last came.
    package func weight(_ state: borrowing State, at now: Int64) -> UInt64 {
        guard !isFresh(state, at: now) else { return 0 }
        let newest = UInt64(bitPattern: state.newest) >> 20
        return UInt64(state.count) << 36 | newest & 0xF_FFFF_FFFF
    }

    package func heapBytes(_ state: borrowing State) -> Int { Self.heap(state.ring.count) }

    package func heapGrowth(_ state: borrowing State) -> Int {
        guard Int(state.count) == state.room else { return 0 }
        let next = Self.nextRoom(state.room, quota: quota)
        return Self.heap(next) - Self.heap(state.ring.count)
    }

    package func refusal(_ state: borrowing State, at now: Int64) -> LimitDecision {
        LimitDecision(
            isAdmitted: false, remaining: 0, wait: max(expiry(state, now) &- now, 1))
    }

    /// When the oldest request stops counting; of an empty log, when one from now would.
    private func expiry(_ state: borrowing State, _ now: Int64) -> Int64 {
        (state.count == 0 ? now : state.oldest) &+ window
    }

    private static func nextRoom(_ room: Int, quota: Int) -> Int {
        min(quota, max(8, room &* 2))
    }

    private static func heap(_ room: Int) -> Int { room == 0 ? 0 : 32 + 8 * room }
}

extension SlidingWindowLog.State {
    fileprivate var room: Int { ring.isEmpty ? few.count : ring.count }
    fileprivate var oldest: Int64 { self[0] }
    fileprivate var newest: Int64 { self[Int(count) - 1] }

    /// Loops note the time of their requests before they meet here: a request may come behind one
    /// that is younger. To this log time never runs backwards.
    fileprivate func advance(to now: Int64) -> Int64 { count == 0 ? now : max(now, newest) }

    private subscript(index: Int) -> Int64 {
        let place = Int(head) &+ index
        if ring.isEmpty { return few[place & 1] }
        return ring[place < ring.count ? place : place &- ring.count]
    }

    fileprivate mutating func forget(until moment: Int64) {
        let room = UInt32(truncatingIfNeeded: room)
        while count > 0, oldest <= moment {
            head &+= 1
            if head == room { head = 0 }
            count &-= 1
        }
    }

    fileprivate mutating func append(_ moment: Int64) {
        let place = Int(head) &+ Int(count)
        if ring.isEmpty {
            few[place & 1] = moment
        } else {
            ring[place < ring.count ? place : place &- ring.count] = moment
        }
        count &+= 1
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
