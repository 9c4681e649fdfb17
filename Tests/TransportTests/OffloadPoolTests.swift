import GatehouseTransport
import Synchronization
import TestSupport
import Testing

@Suite struct OffloadPoolTests {
    /// Holds the pool's one thread until it is opened.
    final class Gate: Sendable {
        let isHeld = Mutex(false)
        let isOpen = Mutex(false)
    }

    @Test func `refuses work when the queue is full, and goes on afterwards`() async throws {
        let pool = OffloadPool(threads: 1, queueMax: 1)
        defer { pool.close() }
        let gate = Gate()
        // `immediate`: a task that other tests keep from starting would never take the thread.
        let holding = Task.immediate {
            try await pool.run {
                gate.isHeld.withLock { $0 = true }
                return eventually { gate.isOpen.withLock { $0 } }
            }
        }
        #expect(eventually { gate.isHeld.withLock { $0 } })
        // The queue holds one, and the others are refused at once, while the gate is still shut.
        let waiting = Task.immediate { try await pool.run { 1 } }
        for _ in 0..<2 {
            let other = Task.immediate { try await pool.run { 2 } }
            guard case .failure(let error) = await other.result else {
                Issue.record("work was taken although the queue was full")
                continue
            }
            #expect(error is OffloadPool.Overloaded)
        }
        gate.isOpen.withLock { $0 = true }
        #expect(try await holding.value)
        #expect(try await waiting.value == 1)
        #expect(try await pool.run { 6 * 7 } == 42)
    }

    @Test func `returns to the loop's thread`() async throws {
        let pool = OffloadPool(threads: 2)
        defer { pool.close() }
        let box = Unchecked(pool)
        let harness = try ServerHarness { request in
            let before = request.loopContext?.loop.isCurrent ?? false
            let sum = try? await box.value.run { (0..<1_000).reduce(0, +) }
            let after = request.loopContext?.loop.isCurrent ?? false
            return ok("\(before) \(sum ?? 0) \(after)")
        }
        let client = try harness.client()
        client.send(simple)
        #expect(client.response().hasSuffix("true 499500 true"))
    }
}
