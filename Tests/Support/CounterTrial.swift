import GatehouseCore
package import GatehouseStorage

/// Random requests against a store and a model of it, side by side: every decision must be the
/// same in all it says.
///
/// The clock moves a little, to the very edge of a wait and one tick around it, far ahead, and
/// back. Before it goes back, counters that are as good as new are reset: a store may have let go
/// of them.
package struct CounterTrial: ~Copyable {
    /// What was tried, and what went wrong.
    package struct Outcome: Sendable {
        package var decisions = 0
        package var admitted = 0
        package var refused = 0
        package var corrections = 0
        package var reports = 0
        package var resets = 0
        package var jumps = 0
        package var wrong = 0
        /// The first differences.
        package var differences: [String] = []
    }

    private struct Name: Hashable {
        var rule: Int
        var key: Int

        /// Differs from rule to rule: a key's hash holds its rule, and a store need not add it.
        var number: Int { rule * Int(CounterTrial.keysMax) + key }
    }

    private struct Outstanding {
        var item: LimitBatch.Item
        var name: Name
        /// The model's word for when it was taken.
        var moment: Int64
        var left: Int64
    }

    private static let keysMax: Int64 = 2
    private static let outstandingMax = 200
    private static let differencesMax = 10

    private let store: any CounterStore
    private let rules: [LimitRule]
    private let tick: Int64
    private let setClock: (Int64) async throws -> Void
    private var random: CounterRandom
    private var models: [Name: CounterModel] = [:]
    private var outstanding: [Outstanding] = []
    private var now: Int64
    private var latest: Int64
    /// Waits that were told lately, for going to their edges.
    private var edges: [Int64] = []
    private var outcome = Outcome()

    /// - Parameters:
    ///   - store: made for `rules(seed:tick:)` of the same seed and tick, and empty.
    ///   - tick: the finest time that the store knows, in nanoseconds.
    ///   - start: the first moment.
    ///   - setClock: told each moment before the store is asked at it; stores that go by the time
    ///     that they are given need nothing.
    package init(
        _ store: any CounterStore, seed: UInt64, tick: Int64 = 1, start: Int64 = 1_000_000_000_000,
        setClock: @escaping (Int64) async throws -> Void = { _ in }
    ) {
        self.store = store
        rules = store.rules
        self.tick = tick
        self.setClock = setClock
        random = CounterRandom(seed: ~seed)
        now = start / tick * tick
        latest = now
    }

    /// Two rules of each algorithm, with quotas and windows from tiny to large.
    package static func rules(
        seed: UInt64, tick: Int64 = 1, quotaMax: Int64 = 1_000_000, windowMax: Int64 = 1 << 49
    ) -> [LimitRule] {
        var random = CounterRandom(seed: seed)
        // Of one scale, so that one rule's wait is not another's eternity.
        let scales: [Int64] = [10, 100, 1_000, 1_000_000, windowMax / tick]
        let scale = min(scales[Int(random.below(5))], windowMax / tick)
        return (0..<LimitBatch.capacity).map { index in
            let isLog = index % 4 == 0
            let quotas: [Int64] = [1, 2, 3, 7, 10, 60, isLog ? 40 : 1_000, isLog ? 100 : quotaMax]
            let quota = min(quotas[Int(random.below(8))], quotaMax)
            let window = 1 + scale / 4 + random.below(scale - scale / 4)
            let algorithm: LimitRule.Algorithm =
                switch index % 4 {
                case 0: .slidingWindow
                case 1: .slidingCounter
                case 2: .gcra(burst: Int(1 + random.below(quota)))
                default: .fixedWindow
                }
            return LimitRule(
                name: "rule \(index)", algorithm: algorithm, quota: Int(quota),
                window: .nanoseconds(window * tick))
        }
    }

    /// The key that stands for a number.
    package static func key(_ number: Int) -> CounterKey {
        var hasher = CounterHasher(CounterSeed(1, 2))
        hasher.combine(UInt64(bitPattern: Int64(number)))
        return hasher.finish()
    }

    /// Runs so many steps.
    package consuming func run(steps: Int) async throws -> Outcome {
        for _ in 0..<steps {
            try await moveClock()
            switch random.below(100) {
            case 0..<70: try await decide()
            case 70..<82: try await giveBack()
            case 82..<90: try await charge()
            case 90..<97: try await report()
            default: try await reset(Name(rule: anyRule(), key: anyKey()))
            }
        }
        return outcome
    }

    // MARK: Time

    private mutating func moveClock() async throws {
        let window = rules[anyRule()].window
        let quota = Int64(rules[anyRule()].quota)
        switch random.below(100) {
        case 0..<50: break
        case 50..<75: now += ticks(below: max(window / quota, 2 * tick))
        case 75..<90: if let edge = edges.popLast() { now = max(now, edge) }
        case 90..<95: now += ticks(below: window / 2 + tick)
        case 95..<97: now += ticks(below: 4 * window + tick)
        default:
            try await letGo()
            now = max(now - ticks(below: random.below(2) == 0 ? window + tick : 10 * tick), tick)
            outcome.jumps += 1
        }
        latest = max(latest, now)
        try await setClock(now)
    }

    private mutating func ticks(below bound: Int64) -> Int64 { random.below(bound / tick) * tick }

    /// Resets what is as good as new, which stores need not remember.
    private mutating func letGo() async throws {
        for name in models.keys.sorted(by: { ($0.rule, $0.key) < ($1.rule, $1.key) })
        where models[name]?.isWhole(at: latest) == true { try await reset(name) }
        latest = now
    }

    // MARK: Requests

    private mutating func anyRule() -> Int { Int(random.below(Int64(rules.count))) }
    private mutating func anyKey() -> Int { Int(random.below(Self.keysMax)) }

    private func model(_ name: Name) -> CounterModel {
        models[name] ?? CounterModel(rules[name.rule], tick: tick)
    }

    private mutating func anyCost(_ rule: LimitRule) -> UInt32 {
        let most = Int64(rule.costMax)
        return switch random.below(20) {
        case 0: 0
        case 1: UInt32(most)
        case 2: UInt32(most + 1 + random.below(3))
        case 3..<8: UInt32(1 + random.below(most))
        case 8..<12: UInt32(1 + random.below(max(most / 4, 1)))
        default: 1
        }
    }

    private mutating func decide() async throws {
        var batch = LimitBatch()
        var names: [Name] = []
        let isSingle = random.below(2) == 0
        let single = anyRule()
        for rule in rules.indices where isSingle ? rule == single : random.below(3) == 0 {
            names.append(Name(rule: rule, key: anyKey()))
            batch.append(
                rule: rule, key: Self.key(names.last?.number ?? 0), cost: anyCost(rules[rule]),
                isShadow: random.below(5) == 0)
        }
        let expected = expect(batch, names)
        try await store.decide(&batch, at: MonotonicTime(nanoseconds: now))
        compare(batch, expected, names)
    }

    /// What the models say; they take what was admitted.
    private mutating func expect(_ batch: LimitBatch, _ names: [Name]) -> LimitBatch {
        var expected = batch
        for index in names.indices {
            expected[index].decision = model(names[index])
                .decision(cost: Int64(batch[index].cost), at: now)
        }
        expected.isAdmitted = names.indices.allSatisfy {
            expected[$0].decision.isAdmitted || expected[$0].isShadow
        }
        for index in names.indices where expected[index].decision.isAdmitted {
            let (name, cost) = (names[index], Int64(batch[index].cost))
            if !expected.isAdmitted {
                expected[index].decision = model(name).decision(cost: 0, at: now)
            } else if cost > 0 {
                var model = model(name)
                expected[index].moment = model.take(cost, at: now)
                models[name] = model
            }
        }
        return expected
    }

    private mutating func compare(_ batch: LimitBatch, _ expected: LimitBatch, _ names: [Name]) {
        if batch.isAdmitted != expected.isAdmitted { differs("the whole batch") }
        for index in names.indices {
            let (item, wanted) = (batch[index], expected[index])
            outcome.decisions += 1
            if item.decision.isAdmitted { outcome.admitted += 1 } else { outcome.refused += 1 }
            let agrees = item.decision == wanted.decision && item.hasTaken == wanted.hasTaken
            if !agrees {
                let rule = rules[names[index].rule]
                differs("\(rule) cost \(item.cost): \(item.decision), not \(wanted.decision)")
            }
            edge(wanted.decision.wait)
            guard item.hasTaken, wanted.hasTaken else { continue }
            outstanding.append(
                Outstanding(
                    item: item, name: names[index], moment: wanted.moment, left: Int64(item.cost)))
        }
        if outstanding.count > Self.outstandingMax {
            outstanding.removeFirst(outstanding.count - Self.outstandingMax)
        }
    }

    private mutating func edge(_ wait: Int64) {
        guard wait > 0, edges.count < 4 else { return }
        edges.append(now + wait + (random.below(3) - 1) * tick)
    }

    // MARK: Corrections

    private mutating func giveBack() async throws {
        guard !outstanding.isEmpty else { return }
        let place = Int(random.below(Int64(outstanding.count)))
        let part = outstanding[place]
        let amount = random.below(3) == 0 ? 1 + random.below(part.left) : part.left
        outstanding[place].left -= amount
        if outstanding[place].left == 0 { outstanding.remove(at: place) }
        var model = model(part.name)
        model.giveBack(amount, taken: part.moment, at: now)
        models[part.name] = model
        try await settle(LimitCorrection(givingBack: UInt32(amount), of: part.item), part.name)
    }

    private mutating func charge() async throws {
        let name = Name(rule: anyRule(), key: anyKey())
        let quota = Int64(rules[name.rule].quota)
        let most = random.below(4) == 0 ? 3 * quota : max(quota / 4, 1)
        let amount = UInt32(clamping: 1 + random.below(most))
        var model = model(name)
        model.charge(Int64(amount), at: now)
        models[name] = model
        let key = Self.key(name.number)
        try await settle(LimitCorrection(rule: name.rule, key: key, charging: amount), name)
    }

    private mutating func settle(_ correction: LimitCorrection, _ name: Name) async throws {
        var corrections = LimitCorrections()
        corrections.append(correction)
        outcome.corrections += 1
        try await store.settle(corrections, at: MonotonicTime(nanoseconds: now))
        try await report(name)
    }

    private mutating func report() async throws {
        try await report(Name(rule: anyRule(), key: anyKey()))
    }

    private mutating func report(_ name: Name) async throws {
        let wanted = model(name).decision(cost: 0, at: now)
        let decision = try await store.report(
            rule: name.rule, key: Self.key(name.number), at: MonotonicTime(nanoseconds: now))
        outcome.reports += 1
        if decision != wanted {
            differs("report of \(rules[name.rule]): \(decision), not \(wanted)")
        }
        edge(wanted.wait)
    }

    private mutating func reset(_ name: Name) async throws {
        models[name] = nil
        outstanding.removeAll { $0.name == name }
        outcome.resets += 1
        try await store.reset(rule: name.rule, key: Self.key(name.number))
    }

    private mutating func differs(_ difference: String) {
        outcome.wrong += 1
        guard outcome.differences.count < Self.differencesMax else { return }
        outcome.differences.append("at \(now): \(difference)")
    }
}

/// SplitMix64: the same numbers in every run.
package struct CounterRandom: Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// At least 0, below `bound`, which is at least 1.
    package mutating func below(_ bound: Int64) -> Int64 { Int64(next() % UInt64(max(bound, 1))) }
}
