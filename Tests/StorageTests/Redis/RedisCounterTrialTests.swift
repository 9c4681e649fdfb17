import GatehouseCore
import Testing
import TestSupport

@testable import GatehouseStorage

/// The store on Redis against the model that the store in memory is held against too.
@Suite(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct RedisCounterTrialTests {
    private static let steps = 4_000
    /// Redis counts microseconds.
    private static let tick: Int64 = 1_000

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `no decision differs from the model's, whatever is asked and however the clock moves`(
        seed: UInt64
    ) async throws {
        let client = try redisClient(try RedisServer.shared().address() + "/2")
        let store = try RedisCounterStore(
            CounterTrial.rules(seed: seed, tick: Self.tick), seed: CounterSeed(1, 2),
            client: client,
            .tested("trial:\(seed):") {
                $0.usesGivenTime = true
                $0.refusalsMax = 0
            })
        let outcome = try await CounterTrial(store, seed: seed, tick: Self.tick)
            .run(steps: Self.steps)
        #expect(outcome.wrong == 0, "\(outcome.differences.joined(separator: "\n"))")
        #expect(outcome.admitted > 1_000 && outcome.refused > 500)
        print(
            "seed \(seed): \(outcome.decisions) decisions, \(outcome.admitted) admitted,",
            "\(outcome.corrections) corrections, \(outcome.reports) reports,",
            "\(outcome.resets) resets, \(outcome.jumps) jumps back")
    }
}
