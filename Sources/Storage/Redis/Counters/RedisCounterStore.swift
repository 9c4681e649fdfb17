package import GatehouseCore

/// Counters on Redis, shared by all gates that know the same seed.
///
/// Each decision is one script: atomic, by Redis' clock. In a cluster a batch's counters may lie on
/// several members: then one after the other is asked, and what earlier ones gave is given back
/// when a later one refuses; meanwhile others see it as taken, so that never more is admitted than
/// the rules say, and in a race for the last units sometimes less.
package final class RedisCounterStore: CounterStore {
    package let rules: [LimitRule]
    package let seed: CounterSeed
    let client: RedisClient
    let arithmetic: [CounterArithmetic]
    private let prefix: [UInt8]
    let isCluster: Bool
    private let usesGivenTime: Bool
    private let refusals: RefusalCache?
    private let leases: LeaseTable?
    /// For each rule, how much a key that comes often takes at once; 0 what it asks for.
    let leaseUnits: [UInt32]

    /// Units that a log may hold: each is an element of a list in Redis, and one script adds up to
    /// so many.
    package static let logQuotaMax = 100_000

    /// What the store keeps in the process.
    package struct Settings: Sendable {
        /// Begins each key's name: gates that share it, the seed and a rule share counters.
        package var prefix = "gatehouse:"
        /// Refused keys that are remembered, 56 bytes each; 0 asks Redis each time.
        package var refusalsMax = 65_536
        /// How long a refusal is believed before Redis is asked again.
        package var refusalMax = Duration.seconds(2)
        /// Per rule, by its place: units that a key which comes often takes at once, to spend them
        /// here; rules without one take what is asked for. At most a tenth of the quota.
        package var leases: [Int: UInt32] = [:]
        /// How long such units may be held, at most a tenth of the window.
        package var leaseMax = Duration.seconds(1)
        package var leasesMax = 65_536
        /// Takes the time from callers, for tests.
        var usesGivenTime = false

        package init() {}
    }

    /// - Throws: for a rule that is not for Redis.
    package init(
        _ rules: [LimitRule], seed: CounterSeed, client: RedisClient,
        _ settings: Settings = Settings()
    ) throws(ConfigurationError) {
        for rule in rules where rule.algorithm == .slidingWindow && rule.quota > Self.logQuotaMax {
            throw .invalid(
                rule.name,
                "an exact window on Redis holds at most \(Self.logQuotaMax): use another algorithm")
        }
        self.rules = rules
        self.seed = seed
        self.client = client
        prefix = Array(settings.prefix.utf8)
        usesGivenTime = settings.usesGivenTime
        refusals =
            settings.refusalsMax == 0
            ? nil
            : RefusalCache(
                keysMax: settings.refusalsMax, longest: settings.refusalMax,
                costMax: rules.map { UInt32($0.costMax) })
        leaseUnits = rules.enumerated().map { place, rule in
            min(settings.leases[place] ?? 0, UInt32(rule.costMax / 10))
        }
        leases =
            leaseUnits.allSatisfy { $0 <= 1 }
            ? nil : LeaseTable(keysMax: settings.leasesMax, hold: settings.leaseMax)
        arithmetic = rules.map(CounterArithmetic.init)
        if case .cluster = client.configuration.layout {
            isCluster = true
        } else {
            isCluster = false
        }
        for kind in Set(arithmetic.map(\.kind)) {
            client.preload(
                CounterScript.decideOne(kind: kind, atGivenTime: settings.usesGivenTime))
        }
        client.preload(decideScript)
        client.preload(settleScript)
    }

    private var decideScript: RedisScript {
        usesGivenTime ? CounterScript.decideAtGivenTime : CounterScript.decide
    }

    private var settleScript: RedisScript {
        usesGivenTime ? CounterScript.settleAtGivenTime : CounterScript.settle
    }

    // MARK: CounterStore

    package func decide(
        _ batch: inout LimitBatch, at now: MonotonicTime
    ) async throws(CounterStoreError) {
        guard batch.count > 0 else { return }
        if let refusals, refusals.refuses(&batch, at: now) { return }
        do throws(RedisError) {
            if let leases {
                try await decideWithLeases(&batch, leases, at: now)
            } else if isCluster, batch.count > 1 {
                try await decideOneByOne(&batch, at: now)
            } else {
                try await decideAtOnce(&batch, at: now)
            }
        } catch { throw CounterStoreError(error) }
        refusals?.note(batch, at: now)
    }

    package func settle(
        _ corrections: LimitCorrections, at now: MonotonicTime
    ) async throws(CounterStoreError) {
        do throws(RedisError) { try await settleRemotely(corrections, at: now) } catch {
            throw CounterStoreError(error)
        }
        // Only now: a refusal noted while this was on its way must go too.
        for index in 0..<corrections.count { refusals?.forget(corrections[index].key) }
    }

    /// In a cluster one after the other: counters lie on different members.
    func settleRemotely(
        _ corrections: LimitCorrections, at now: MonotonicTime
    ) async throws(RedisError) {
        guard isCluster else {
            if corrections.count > 0 { try await correct(corrections, at: now) }
            return
        }
        // A member that fails keeps nothing from the others.
        var failure: RedisError?
        for index in 0..<corrections.count {
            var one = LimitCorrections()
            one.append(corrections[index])
            do throws(RedisError) { try await correct(one, at: now) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    package func report(
        rule: Int, key: CounterKey, at now: MonotonicTime
    ) async throws(CounterStoreError) -> LimitDecision {
        var batch = LimitBatch()
        batch.append(rule: rule, key: key, cost: 0)
        do throws(RedisError) { try await decideAtOnce(&batch, at: now) } catch {
            throw CounterStoreError(error)
        }
        return batch[0].decision
    }

    package func reset(rule: Int, key: CounterKey) async throws(CounterStoreError) {
        var command = RedisCommand("UNLINK")
        command.append(key: name(key))
        do throws(RedisError) { _ = try await client.send(command) } catch {
            throw CounterStoreError(error)
        }
        refusals?.forget(key)
        leases?.forget(key)
    }

    // MARK: Scripts

    /// One script for the whole batch.
    /// - Parameters:
    ///   - onlyLooks: takes nothing.
    ///   - bulks: what items take instead of their cost, as far as there is more than that.
    /// - Returns: what items took.
    @discardableResult
    func decideAtOnce(
        _ batch: inout LimitBatch, at now: MonotonicTime, onlyLooks: Bool = false,
        bulks: InlineArray<8, UInt32> = .init(repeating: 0)
    ) async throws(RedisError) -> InlineArray<8, UInt32> {
        let asked = batch
        let isPlain =
            asked.count == 1 && !onlyLooks && !asked[0].isShadow && bulks[0] <= asked[0].cost
        let script =
            isPlain
            ? CounterScript.decideOne(
                kind: arithmetic[asked[0].rule].kind, atGivenTime: usesGivenTime) : decideScript
        let reply = try await client.run(script) { command in
            appendKeys(asked.count, to: &command) { asked[$0].key }
            appendTime(now, to: &command)
            if isPlain {
                return arithmetic[asked[0].rule].appendOne(cost: asked[0].cost, to: &command)
            }
            for index in 0..<asked.count {
                let item = asked[index]
                var argument: [UInt8] = []
                argument.reserveCapacity(CounterAnswer.argumentBytesMax)
                arithmetic[item.rule].appendDecision(
                    cost: item.cost, bulk: bulks[index], isShadow: item.isShadow,
                    onlyLooks: onlyLooks, to: &argument)
                command.append(argument)
            }
        }
        guard let bytes = reply.bytes, let answer = CounterAnswer(bytes, items: batch.count) else {
            throw .malformed("no decision")
        }
        batch.isAdmitted = answer.isAdmitted
        var taken = InlineArray<8, UInt32>(repeating: 0)
        for index in 0..<batch.count {
            let item = answer.item(index)
            let arithmetic = arithmetic[batch[index].rule]
            // What fits and is not taken is told as it is.
            let isWhole = !item.fits || (answer.isAdmitted && !onlyLooks)
            batch[index].decision = arithmetic.decision(
                item.state, cost: isWhole ? batch[index].cost : 0, at: answer.now)
            batch[index].moment =
                item.moment < 0 ? LimitBatch.Item.tookNothing : item.moment
            taken[index] = item.taken
        }
        return taken
    }

    func correct(
        _ corrections: LimitCorrections, at now: MonotonicTime
    ) async throws(RedisError) {
        _ = try await client.run(settleScript) { command in
            appendKeys(corrections.count, to: &command) { corrections[$0].key }
            appendTime(now, to: &command)
            for index in 0..<corrections.count {
                var argument: [UInt8] = []
                arithmetic[corrections[index].rule].appendSettlement(
                    corrections[index], to: &argument)
                command.append(argument)
            }
        }
    }

    private func appendKeys(
        _ count: Int, to command: inout RedisCommand, _ key: (Int) -> CounterKey
    ) {
        command.append(Int64(count))
        for index in 0..<count { command.append(key: name(key(index))) }
    }

    private func appendTime(_ now: MonotonicTime, to command: inout RedisCommand) {
        if usesGivenTime { command.append(now.nanoseconds / 1_000) }
    }

    /// What a decision about one request under a rule sends, for those who measure it: the hash of
    /// its script, and its arguments behind the key.
    package func scriptCall(rule: Int) -> (script: String, arguments: String) {
        let arithmetic = arithmetic[rule]
        var command = RedisCommand("EVALSHA")
        arithmetic.appendOne(cost: 1, to: &command)
        let words = command.body.split(separator: 0x0A).map { $0.dropLast() }
        let arguments = words.enumerated().dropFirst(2).filter { $0.offset % 2 == 1 }
            .map { String(decoding: $0.element, as: UTF8.self) }
        let script = CounterScript.decideOne(kind: arithmetic.kind, atGivenTime: usesGivenTime)
        return (script.name, arguments.joined(separator: " "))
    }

    private static let digits = Array("0123456789abcdef".utf8)

    /// The key's name in Redis.
    func name(_ key: CounterKey) -> [UInt8] {
        var name = prefix
        name.reserveCapacity(prefix.count + 32)
        for word in [key.high, key.low] {
            for shift in stride(from: 60, through: 0, by: -4) {
                name.append(Self.digits[Int(word >> UInt64(shift) & 15)])
            }
        }
        return name
    }
}

extension CounterStoreError {
    init(_ error: RedisError) { self = .unavailable(error.description) }
}

/// What the deciding script answers: packed numbers.
struct CounterAnswer {
    struct Item {
        let fits: Bool
        let moment: Int64
        let taken: UInt32
        let state: CounterArithmetic.State
    }

    static let argumentBytesMax = 98
    private static let headBytes = 9
    private static let itemBytes = 41

    private let bytes: [UInt8]
    let now: Int64
    let isAdmitted: Bool

    /// nil for what cannot be an answer.
    init?(_ bytes: [UInt8], items: Int) {
        guard bytes.count == Self.headBytes + items * Self.itemBytes else { return nil }
        self.bytes = bytes
        guard let now = Int64(exactly: Self.double(bytes, 0)) else { return nil }
        self.now = now
        isAdmitted = bytes[8] == 1
        for index in 0..<items {
            for number in 0..<5 {
                let value = Self.double(
                    bytes, Self.headBytes + index * Self.itemBytes + 1 + number * 8)
                guard value >= -1, value < 9_007_199_254_740_992 else { return nil }
            }
        }
    }

    func item(_ index: Int) -> Item {
        let start = Self.headBytes + index * Self.itemBytes
        func number(_ place: Int) -> Double { Self.double(bytes, start + 1 + place * 8) }
        return Item(
            fits: bytes[start] == 1, moment: Int64(number(0)),
            taken: UInt32(clamping: Int64(number(1))),
            state: .init(first: number(2), second: number(3), third: number(4)))
    }

    private static func double(_ bytes: [UInt8], _ start: Int) -> Double {
        var bits: UInt64 = 0
        for index in 0..<8 { bits |= UInt64(bytes[start + index]) << UInt64(index * 8) }
        return Double(bitPattern: bits)
    }
}
