import GatehouseCore
import GatehouseStorage

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func below(_ bound: Int64) -> Int64 { Int64(next() % UInt64(bound)) }
}

/// Keys that differ in all their bits, the same in every run.
func counterKey(_ number: Int) -> CounterKey {
    var hasher = CounterHasher(CounterSeed(1, 2))
    hasher.combine(UInt64(bitPattern: Int64(number)))
    return hasher.finish()
}

extension MemoryCounterStore {
    /// Asks for one request under one rule.
    func ask(_ number: Int, rule: Int = 0, at nanoseconds: Int64) -> LimitDecision {
        var batch = LimitBatch()
        batch.append(rule: rule, key: counterKey(number))
        decide(&batch, at: MonotonicTime(nanoseconds: nanoseconds))
        return batch[0].decision
    }

    /// Asks for one request under several rules.
    func ask(_ keys: [(rule: Int, key: Int)], at nanoseconds: Int64) -> [LimitDecision] {
        var batch = LimitBatch()
        for part in keys { batch.append(rule: part.rule, key: counterKey(part.key)) }
        decide(&batch, at: MonotonicTime(nanoseconds: nanoseconds))
        return (0..<batch.count).map { batch[$0].decision }
    }
}

extension LimitRule {
    static func window(
        _ name: String = "w", quota: Int, seconds: Int = 60, clientsMax: Int = 100_000,
        logMax: ByteCount = .mebibytes(64)
    ) -> LimitRule {
        LimitRule(
            name: name, algorithm: .slidingWindow, quota: quota, window: .seconds(seconds),
            clientsMax: clientsMax, logMax: logMax)
    }

    static func gcra(
        _ name: String = "g", quota: Int, burst: Int? = nil, seconds: Int = 60,
        clientsMax: Int = 100_000
    ) -> LimitRule {
        LimitRule(
            name: name, algorithm: .gcra(burst: burst ?? quota), quota: quota,
            window: .seconds(seconds), clientsMax: clientsMax)
    }

    static func counter(
        quota: Int, seconds: Int = 60, clientsMax: Int = 100_000
    ) -> LimitRule {
        LimitRule(
            name: "c", algorithm: .slidingCounter, quota: quota, window: .seconds(seconds),
            clientsMax: clientsMax)
    }

    static func fixed(quota: Int, seconds: Int = 60, clientsMax: Int = 100_000) -> LimitRule {
        LimitRule(
            name: "f", algorithm: .fixedWindow, quota: quota, window: .seconds(seconds),
            clientsMax: clientsMax)
    }
}

let second: Int64 = 1_000_000_000
