import Foundation
import GatehouseCore
import GatehouseStorage
import Synchronization
import TestSupport
import Testing

@testable import GatehouseIdentity

/// Sign-in counters on a real Redis: the same decisions as in memory, for all gates together, and
/// an answer when it is away.
@Suite(.serialized, .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct RedisThrottleTests {
    private static func client(
        _ server: RedisServer, timeout: Duration = .seconds(10)
    ) throws -> RedisClient {
        var configuration = try RedisConfiguration(url: server.address())
        configuration.limits.commandTimeout = timeout
        configuration.limits.connectTimeout = timeout
        return try RedisClient(configuration)
    }

    private func key(_ number: Int, free: Int = 3) -> ThrottleKey {
        ThrottleKey(CounterKey(high: 7, low: UInt64(number)), free: free)
    }

    @Test func `decides as the counters in memory, whatever the clock does`() throws {
        let client = try Self.client(.shared())
        let remote = RedisThrottleStore(client, prefix: "model:", usesGivenTime: true)
        let memory = MemoryThrottleStore()
        let seed: UInt64 = 20_261_128
        var random = SplitMix(state: seed)
        var now = MonotonicTime(nanoseconds: 1_800_000_000_000_000_000)
        var (refused, counted, differences) = (0, 0, 0)
        let steps = 6_000
        for _ in 0..<steps {
            // Mostly moments, at times most of an hour, now and then back.
            switch random.next() % 20 {
            case 0: now = now + .seconds(Int64(random.next() % 3_000))
            case 1: now = now + .seconds(-Int64(random.next() % 100))
            default: now = now + .microseconds(Int64(random.next() % 30_000_000))
            }
            let keys = (0...Int(random.next() % 3)).map { _ in
                let number = Int(random.next() % 12)
                return key(number, free: [1, 3, 5, 10][number % 4])
            }
            let expected = memory.wait(keys, now)
            let found = try remote.wait(keys, now: now)
            if expected != found { differences += 1 }
            if expected != nil { refused += 1 }
            switch random.next() % 10 {
            case 0:
                memory.forget(keys[0])
                try remote.forget(keys[0])
            case 1, 2, 3, 4, 5, 6:
                memory.count(keys, now: now)
                try remote.count(keys, now: now)
                counted += 1
            default: break
            }
        }
        print(
            "sign-in counters: \(steps) steps with seed \(seed), \(refused) refused, "
                + "\(counted) counted, \(differences) decided otherwise on Redis")
        #expect(differences == 0 && refused > 500 && counted > 2_000)
    }

    @Test func `counts each of many gates' failures, and every key goes by itself`() async throws {
        let server = try RedisServer()
        let clients = try (0..<4).map { _ in try Self.client(server) }
        let one = ThrottleKey(CounterKey(high: 1, low: 1), free: 1_000_000)
        let failures = 250
        await withThrowingTaskGroup(of: Void.self) { group in
            for client in clients {
                let store = RedisThrottleStore(client)
                group.addTask {
                    for _ in 0..<failures { try store.count([one], now: .now) }
                }
            }
        }
        let raw = try server.run(
            "EVAL", "return tostring(struct.unpack('<ddd', redis.call('GET', KEYS[1])))", "1",
            "gatehouse:sign-in:00000000000000010000000000000001")
        let kept = try #require(Double(raw))
        // Each millisecond of the run lets a little fade.
        #expect(kept <= 1_000 && kept > 990, "\(kept)")
        let store = RedisThrottleStore(clients[0])
        for number in 2..<200 { try store.count([key(number, free: 1)], now: .now) }
        let unbounded = try server.run(
            "EVAL",
            """
            local n = 0
            for _, k in ipairs(redis.call('KEYS', '*')) do
              local life = redis.call('PTTL', k)
              if life < 1 or life > 4 * 3600 * 1000 then n = n + 1 end
            end
            return n .. ' of ' .. #redis.call('KEYS', '*')
            """, "0")
        #expect(unbounded == "0 of 199")
    }

    @Test func `refuses on all gates after the same failures, by Redis' clock`() throws {
        let server = try RedisServer.shared()
        let secret = CounterSeed(UInt64.random(in: 0...UInt64.max), 2)
        let gates = try (0..<2).map { _ in
            SignInThrottle(
                SharedThrottleStore(
                    RedisThrottleStore(try Self.client(server)), whenUnavailable: .refuse),
                seed: secret)
        }
        let attempt = SignInThrottle.Attempt(
            kind: .password, address: IPAddress(v4: 0x0A00_0001), account: [1])
        for round in 0..<5 {
            #expect(try gates[(round + 1) % 2].wait(attempt, now: .now) == nil)
            try gates[round % 2].failed(attempt, now: .now)
        }
        // The clocks of gates do not matter.
        for gate in gates {
            #expect(try gate.wait(attempt, now: MonotonicTime(nanoseconds: 5)) == 1)
        }
        gates[1].succeeded(attempt)
        for gate in gates { #expect(try gate.wait(attempt, now: .now) == nil) }
    }

    @Test(arguments: [SharedThrottleStore.Fallback.refuse, .local])
    func `never lets guesses through while Redis is away`(
        _ fallback: SharedThrottleStore.Fallback
    ) throws {
        let server = try RedisServer()
        let store = SharedThrottleStore(
            RedisThrottleStore(try Self.client(server, timeout: .milliseconds(200))),
            whenUnavailable: fallback)
        let throttle = SignInThrottle(store, seed: .random())
        func guesses(_ address: UInt32) -> (tried: Int, unknown: Int) {
            var (tried, unknown) = (0, 0)
            for _ in 0..<50 {
                let attempt = SignInThrottle.Attempt(
                    kind: .password, address: IPAddress(v4: address), account: [2])
                do throws(ThrottleUnavailable) {
                    if try throttle.wait(attempt, now: .now) == nil {
                        tried += 1
                        try throttle.failed(attempt, now: .now)
                    }
                } catch { unknown += 1 }
            }
            return (tried, unknown)
        }
        server.pause()
        let halted = guesses(0x0A00_0001)
        server.resume()
        server.kill()
        let away = guesses(0x0A00_0002)
        print("sign-in counters, \(fallback): halted \(halted), killed \(away)")
        // Each wait is over after a second or more, in which a slow machine lets one more through.
        switch fallback {
        case .refuse: #expect(halted == (0, 50) && away == (0, 50))
        case .local: #expect(halted.tried <= 12 && away.tried <= 6 && away.unknown == 0)
        }
        try server.start()
        let other = SignInThrottle.Attempt(
            kind: .password, address: IPAddress(v4: 0x0B00_0001), account: [3])
        #expect(eventually { (try? throttle.wait(other, now: .now) == nil) == true })
    }

    @Test func `counts by itself what Redis does not take`() throws {
        let server = try RedisServer()
        let throttle = SignInThrottle(
            SharedThrottleStore(
                RedisThrottleStore(try Self.client(server)), whenUnavailable: .refuse),
            seed: .random())
        // Reads are answered, writes are not.
        try server.run("CONFIG", "SET", "maxmemory", "1")
        var tried = 0
        let attempt = SignInThrottle.Attempt(
            kind: .password, address: IPAddress(v4: 0x0A00_0001), account: [1])
        for _ in 0..<30 {
            guard (try? throttle.wait(attempt, now: .now) == nil) == true else { continue }
            tried += 1
            try throttle.failed(attempt, now: .now)
        }
        #expect(tried <= 6)
    }
}

/// SplitMix64, for sequences that can be played again.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed &>> 31)
    }
}
