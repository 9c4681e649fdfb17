import GatehouseCore
import GatehouseStorage
import Testing
import TestSupport

/// The store in memory against the model that the other stores are held against too.
@Suite struct CounterTrialTests {
    private static let steps = 8_000

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `no decision differs from the model's, whatever is asked and however the clock moves`(
        seed: UInt64
    ) async throws {
        let store = MemoryCounterStore(CounterTrial.rules(seed: seed))
        let outcome = try await CounterTrial(store, seed: seed).run(steps: Self.steps)
        #expect(outcome.wrong == 0, "\(outcome.differences.joined(separator: "\n"))")
        #expect(outcome.admitted > 2_000 && outcome.refused > 1_000)
        #expect(outcome.corrections > 1_000 && outcome.resets > 50 && outcome.jumps > 50)
        print(
            "seed \(seed): \(outcome.decisions) decisions, \(outcome.admitted) admitted,",
            "\(outcome.corrections) corrections, \(outcome.reports) reports,",
            "\(outcome.resets) resets, \(outcome.jumps) jumps back")
    }
}
