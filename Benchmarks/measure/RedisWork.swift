import GatehouseCore
import GatehouseStorage
import GatehouseTransport
import Glibc
import Synchronization

/// Decisions on a real Redis by many callers of one loop: a file with the server's address. Next to
/// it the script's hash and its arguments are written, for a peer that runs the same.
enum RedisWork {
    private static let callers = 64
    private static let decisionsEach = 100
    private static let keys: UInt64 = 10_000
    static var decisionsPerRound: Double { Double(callers * decisionsEach) }

    private static let rules = [
        LimitRule(
            name: "bench", algorithm: .gcra(burst: 1_000_000), quota: 1_000_000,
            window: .seconds(60))
    ]

    /// A round of decisions, all of which must admit.
    static func decide(_ file: String) -> Work? {
        guard let address = contents(file),
            let configuration = try? RedisConfiguration(
                url: String(decoding: address, as: UTF8.self)),
            let client = try? RedisClient(configuration),
            let store = try? RedisCounterStore(rules, seed: CounterSeed(1, 2), client: client)
        else { return nil }
        let (script, arguments) = store.scriptCall(rule: 0)
        guard write(script, file + ".script"), write(arguments, file + ".arguments") else {
            return nil
        }
        let loop = LoopThread()
        return Work { round(store, loop.loop) }
    }

    private static func round(_ store: RedisCounterStore, _ loop: EventLoop) -> Bool {
        let counts = Counts()
        for caller in 0..<callers {
            loop.spawn {
                var number = UInt64(caller)
                for _ in 0..<decisionsEach {
                    number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    var batch = LimitBatch()
                    batch.append(rule: 0, key: CounterKey(high: 1, low: (number >> 33) % keys))
                    do throws(CounterStoreError) {
                        try await store.decide(&batch, at: .now)
                        if !batch.isAdmitted { counts.refused.add(1, ordering: .relaxed) }
                    } catch { counts.refused.add(1, ordering: .relaxed) }
                }
                counts.done.add(1, ordering: .releasing)
            }
        }
        while counts.done.load(ordering: .acquiring) < callers { usleep(500) }
        return counts.refused.load(ordering: .relaxed) == 0
    }

    private final class Counts: Sendable {
        let done = Atomic(0)
        let refused = Atomic(0)
    }

    private static func write(_ text: String, _ path: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let file = unsafe fopen(path, "we") else { return false }
        defer { unsafe fclose(file) }
        return unsafe fwrite(bytes, 1, bytes.count, file) == bytes.count
    }
}
