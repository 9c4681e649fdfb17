import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import Testing

/// How long requests wait, and how many may.
@Suite struct LimitHoldsTests {
    private func policy(
        after: Int = 2, growth: RateLimitPolicy.SlowDown.Growth = .linear, heldMax: Int = 3,
        perClient: Int = 2
    ) throws -> RateLimitPolicy {
        try RateLimitPolicy(
            name: "p", quota: 100, window: .seconds(60),
            slowDown: .init(
                after: after, delay: .milliseconds(200), growth: growth, delayMax: .seconds(1),
                heldMax: heldMax, heldPerClientMax: perClient))
    }

    private func waits(_ policy: RateLimitPolicy, _ count: Int) throws -> [Int64] {
        let asker = try LimitAsker(policy)
        return (0..<count).map { _ in
            (asker.send().request.limits.delay?.nanoseconds ?? 0) / 1_000_000
        }
    }

    @Test func `waits grow from the first request beyond, and end growing (PITFALLS 60)`() throws {
        #expect(try waits(policy(), 9) == [0, 0, 200, 400, 600, 800, 1_000, 1_000, 1_000])
        #expect(
            try waits(policy(growth: .exponential), 8) == [
                0, 0, 200, 400, 800, 1_000, 1_000, 1_000,
            ])
        #expect(try waits(policy(after: 0), 2) == [200, 400])
    }

    @Test func `no growth overflows`() {
        for growth in RateLimitPolicy.SlowDown.Growth.allCases {
            let slow = RateLimitPolicy.SlowDown(
                after: 0, delay: .seconds(60), growth: growth, delayMax: .seconds(60))
            for count in [1, 40, 41, 64, 1_000_000, .max] {
                #expect(slow.wait(count) == .seconds(60))
            }
            #expect(slow.wait(0) == .zero && slow.wait(-5) == .zero)
        }
    }

    @Test func `a refused request waits for nothing`() throws {
        let asker = try LimitAsker(
            RateLimitPolicy(
                name: "p", quota: 2, window: .seconds(60),
                slowDown: .init(after: 1, delay: .seconds(1))))
        _ = asker.send()
        #expect(asker.send().request.limits.delay != nil)
        let refused = asker.send()
        #expect(!refused.isAdmitted && refused.request.limits.delay == nil)
    }

    @Test func `in shadow nobody waits`() throws {
        let asker = try LimitAsker(
            RateLimitPolicy(
                name: "p", quota: 9, window: .seconds(60),
                slowDown: .init(after: 0, delay: .seconds(1)), isShadow: true))
        #expect(asker.send().request.limits.delay == nil)
    }

    @Test func `refuses whom it has no place for, in all or of one client, takes nothing`() throws {
        let asker = try LimitAsker(policy(after: 0))
        let holds = try #require(asker.control.holds)
        func enter(_ client: String) -> (LimitAsker.Sent, Rejection?) {
            let sent = asker.send(client)
            guard let delay = sent.request.limits.delay else { return (sent, nil) }
            do throws(Rejection) {
                try holds.enter(delay, sent.request)
                return (sent, nil)
            } catch { return (sent, error) }
        }
        let first = enter("192.0.2.1")
        #expect(first.1 == nil && enter("192.0.2.1").1 == nil)
        let third = enter("192.0.2.1")
        #expect(third.1?.status == 429 && third.1?.retryAfter == 1)
        #expect(third.0.request.limits.isWithdrawn)
        #expect(enter("192.0.2.2").1 == nil && holds.count == 3)
        #expect(enter("192.0.2.3").1 != nil, "three in all")
        asker.end(third.0)
        let delay = try #require(first.0.request.limits.delay)
        holds.leave(delay)
        #expect(enter("192.0.2.3").1 == nil && holds.count == 3)
        let left = asker.fields(asker.send("192.0.2.1")).last
        #expect(
            left?.hasPrefix("RateLimit: \"p\";r=97;") == true, "two and this one: \(left ?? "")")
    }
}
