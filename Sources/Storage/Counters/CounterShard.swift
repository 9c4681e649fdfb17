/// One part of a counter table: open addressing with linear probing, at most three quarters full.
///
/// Memory is bounded by `countMax` and `heapMax`. When a new client finds no room, clients that are
/// as good as new are forgotten first; when there are none nearby, the one of a dozen neighbours
/// whose counter forgives least. Where a client lies depends on a secret, so that nobody can aim at
/// a counter; and to push out his own, he would have to make nearly as many requests under each of
/// as many other keys as the table holds. A flood of new keys thus pushes out new keys.
struct CounterShard<Algorithm: LimitAlgorithm>: Sendable {
    struct Slot: Sendable {
        /// Both zero: empty.
        var high: UInt64 = 0
        var low: UInt64 = 0
        var state = Algorithm.fresh

        @inline(__always) var isEmpty: Bool { high | low == 0 }
    }

    /// Slots looked at for a victim: at most, and enough when so many were taken.
    private static var probesMax: Int { 32 }
    private static var candidatesMax: Int { 12 }
    /// Slots cleaned for each new client.
    private static var sweep: Int { 4 }
    /// Victims that one growing log may ask for.
    private static var evictionsMax: Int { 4 }
    private static var capacityMin: Int { 16 }
    /// A table of which less than one part in so many still counts gives memory back.
    private static var emptiness: Int { 8 }

    /// Keeps the lock of the next shard out of this one's cache lines.
    private let padding = InlineArray<8, UInt64>(repeating: 0)
    private let countMax: Int
    private let heapMax: Int
    private var slots: [Slot] = []
    private(set) var count = 0
    /// Bytes of heap held by states.
    private(set) var heap = 0
    private var cursor = 0

    init(countMax: Int, heapMax: Int) {
        self.countMax = countMax
        self.heapMax = heapMax
    }

    /// Places, taken or not.
    var capacity: Int { slots.count }
    private var capacityMax: Int { max(countMax + countMax / 3 + 1, Self.capacityMin) }

    // MARK: Deciding

    /// Looks whether `cost` fits, and where its client lies; the place is good while the lock is
    /// held and nothing else is asked.
    @inline(__always)
    mutating func decide(
        _ key: CounterKey, _ cost: UInt32, _ algorithm: Algorithm, at now: Int64
    ) -> (decision: LimitDecision, place: Int?) {
        guard let place = find(key) else {
            return (algorithm.decide(Algorithm.fresh, cost: cost, at: now), nil)
        }
        let decision = algorithm.decide(slots[place].state, cost: cost, at: now)
        guard decision.isAdmitted, cost > 0,
            algorithm.heapGrowth(slots[place].state, taking: cost, at: now) > 0
        else { return (decision, place) }
        let (hasRoom, moved) = makeRoom(at: place, for: cost, algorithm, at: now)
        // Short memory may lower a quota, never raise it.
        return (hasRoom ? decision : algorithm.refusal(slots[moved].state, at: now), moved)
    }

    /// Takes what `decide` admitted while the lock was held.
    @inline(__always)
    mutating func take(
        _ key: CounterKey, _ place: Int?, _ cost: UInt32, _ algorithm: Algorithm, at now: Int64
    ) -> Int64 {
        guard cost > 0 else { return LimitBatch.Item.tookNothing }
        let place = place ?? insert(key, algorithm, at: now)
        let before = algorithm.heapBytes(slots[place].state)
        let moment = algorithm.take(&slots[place].state, cost: cost, at: now)
        heap &+= algorithm.heapBytes(slots[place].state) &- before
        return moment
    }

    @inline(__always)
    func report(_ key: CounterKey, _ algorithm: Algorithm, at now: Int64) -> LimitDecision {
        guard let place = find(key) else {
            return algorithm.decide(Algorithm.fresh, cost: 0, at: now)
        }
        return algorithm.decide(slots[place].state, cost: 0, at: now)
    }

    /// Decides and takes, when there is nobody else to ask.
    @inline(__always)
    mutating func decideAlone(
        _ key: CounterKey, _ cost: UInt32, _ algorithm: Algorithm, at now: Int64
    ) -> (decision: LimitDecision, moment: Int64) {
        let (decision, place) = decide(key, cost, algorithm, at: now)
        guard decision.isAdmitted else { return (decision, LimitBatch.Item.tookNothing) }
        return (decision, take(key, place, cost, algorithm, at: now))
    }

    // MARK: Correcting

    mutating func charge(
        _ key: CounterKey, _ amount: UInt32, _ algorithm: Algorithm, at now: Int64
    ) {
        var place = find(key) ?? insert(key, algorithm, at: now)
        // A log that finds no room notes one unit where it can, so that the charge is felt.
        var amount = amount
        if algorithm.heapGrowth(slots[place].state, taking: amount, at: now) > 0 {
            let (hasRoom, moved) = makeRoom(at: place, for: amount, algorithm, at: now)
            place = moved
            if !hasRoom { amount = 1 }
            if !hasRoom, algorithm.heapGrowth(slots[place].state, taking: 1, at: now) > 0 { return }
        }
        let before = algorithm.heapBytes(slots[place].state)
        algorithm.charge(&slots[place].state, amount: amount, at: now)
        heap &+= algorithm.heapBytes(slots[place].state) &- before
    }

    mutating func giveBack(
        _ key: CounterKey, _ amount: UInt32, taken moment: Int64, _ algorithm: Algorithm,
        at now: Int64
    ) {
        guard let place = find(key) else { return }
        algorithm.giveBack(&slots[place].state, amount: amount, taken: moment, at: now)
    }

    mutating func resetAll() { self = CounterShard(countMax: countMax, heapMax: heapMax) }

    mutating func reset(_ key: CounterKey, _ algorithm: Algorithm) {
        if let place = find(key) { remove(place, algorithm) }
    }

    // MARK: Places

    /// Where a key would lie if nothing were in its way.
    @inline(__always)
    private func home(_ low: UInt64) -> Int {
        Int(truncatingIfNeeded: low.multipliedFullWidth(by: UInt64(slots.count)).high)
    }

    @inline(__always)
    private func after(_ place: Int) -> Int { place &+ 1 == slots.count ? 0 : place &+ 1 }

    @inline(__always)
    private func find(_ key: CounterKey) -> Int? {
        guard !slots.isEmpty else { return nil }
        var place = home(key.low)
        while !slots[place].isEmpty {
            if slots[place].low == key.low, slots[place].high == key.high { return place }
            place = after(place)
        }
        return nil
    }

    private mutating func insert(
        _ key: CounterKey, _ algorithm: Algorithm, at now: Int64
    ) -> Int {
        if count >= countMax {
            evict(near: key, sparing: key, algorithm, at: now)
        } else if (count + 1) * 4 > slots.count * 3 {
            resize(algorithm, at: now)
        }
        for _ in 0..<Self.sweep { sweepOne(algorithm, at: now) }
        var place = home(key.low)
        while !slots[place].isEmpty { place = after(place) }
        slots[place].high = key.high
        slots[place].low = key.low
        count += 1
        return place
    }

    /// Makes the table twice as large as what has not expired needs: larger, smaller, or the same.
    private mutating func resize(_ algorithm: Algorithm, at now: Int64) {
        let old = slots
        let live = live(algorithm, at: now)
        let wanted = max(Self.capacityMin, min((live + 1) * 2, capacityMax))
        slots = [Slot](repeating: Slot(), count: max(wanted, Self.capacityMin))
        count = 0
        heap = 0
        cursor = 0
        for slot in old where !slot.isEmpty && !algorithm.isFresh(slot.state, at: now) {
            var place = home(slot.low)
            while !slots[place].isEmpty { place = after(place) }
            slots[place] = slot
            count += 1
            heap += algorithm.heapBytes(slot.state)
        }
    }

    private func live(_ algorithm: Algorithm, at now: Int64) -> Int {
        slots.count { !$0.isEmpty && !algorithm.isFresh($0.state, at: now) }
    }

    // MARK: Forgetting

    /// Looks at one slot in turn, so that what expired goes without a pass over everything.
    private mutating func sweepOne(_ algorithm: Algorithm, at now: Int64) {
        if cursor >= slots.count {
            cursor = 0
            let isLarge = slots.count > Self.capacityMin
            if isLarge, live(algorithm, at: now) < slots.count / Self.emptiness {
                resize(algorithm, at: now)
            }
        }
        if !slots[cursor].isEmpty, algorithm.isFresh(slots[cursor].state, at: now) {
            remove(cursor, algorithm)
        } else {
            cursor += 1
        }
    }

    /// Forgets one client near `key`: an expired one, else the one that forgives least.
    @discardableResult
    private mutating func evict(
        near key: CounterKey, sparing spared: CounterKey, holdingHeap: Bool = false,
        _ algorithm: Algorithm, at now: Int64
    ) -> Bool {
        var victim: Int?
        var least = UInt64.max
        var candidates = 0
        var probes = 0
        var place = home(key.low)
        while probes < slots.count, candidates < Self.candidatesMax,
            probes < Self.probesMax || victim == nil
        {
            let slot = slots[place]
            if !slot.isEmpty, slot.low != spared.low || slot.high != spared.high,
                !holdingHeap || algorithm.heapBytes(slot.state) > 0
            {
                candidates += 1
                let weight = algorithm.weight(slot.state, at: now)
                if victim == nil || weight < least { (victim, least) = (place, weight) }
                if algorithm.isFresh(slot.state, at: now) { break }
            }
            place = after(place)
            probes += 1
        }
        guard let victim else { return false }
        remove(victim, algorithm)
        return true
    }

    /// Makes room for a log to grow by `cost`; says whether there is, and where the log lies now.
    private mutating func makeRoom(
        at place: Int, for cost: UInt32, _ algorithm: Algorithm, at now: Int64
    ) -> (hasRoom: Bool, place: Int) {
        let key = CounterKey(high: slots[place].high, low: slots[place].low)
        let bytes = algorithm.heapGrowth(slots[place].state, taking: cost, at: now)
        var evictions = 0
        var hasRoom = heap + bytes <= heapMax
        while !hasRoom, evictions < Self.evictionsMax,
            evict(near: key, sparing: key, holdingHeap: true, algorithm, at: now)
        {
            hasRoom = heap + bytes <= heapMax
            evictions += 1
        }
        // Forgetting others may have moved it.
        return (hasRoom, find(key) ?? place)
    }

    /// Empties a slot and closes the gap, so that look-ups never need tombstones.
    private mutating func remove(_ place: Int, _ algorithm: Algorithm) {
        heap -= algorithm.heapBytes(slots[place].state)
        count -= 1
        var gap = place
        var next = after(gap)
        while !slots[next].isEmpty {
            // A slot may move into the gap unless its home lies between gap and slot.
            let home = home(slots[next].low)
            let stays = gap <= next ? home > gap && home <= next : home > gap || home <= next
            if !stays {
                slots.swapAt(gap, next)
                gap = next
            }
            next = after(next)
        }
        slots[gap] = Slot()
    }
}
