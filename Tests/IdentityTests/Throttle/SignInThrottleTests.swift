import GatehouseCore
import GatehouseStorage
import Testing

@testable import GatehouseIdentity

/// Attacks as they happen, played against the counters with a clock of their own: how many
/// guesses reach the password check, and who else is hindered.
@Suite struct SignInThrottleTests {
    private struct Play {
        let store = MemoryThrottleStore()
        let throttle: SignInThrottle
        var now = MonotonicTime(nanoseconds: 1_000_000_000)

        init() { throttle = SignInThrottle(store, seed: CounterSeed(7, ~7)) }

        func attempt(
            _ address: UInt32, _ account: Int, password: Int, device: Bool = false
        ) -> SignInThrottle.Attempt {
            SignInThrottle.Attempt(
                kind: .password, address: IPAddress(v4: address),
                account: Array("a\(account)".utf8),
                device: device ? [1] : nil, password: Array("p\(password)".utf8))
        }

        /// One guess that fails; whether it reached the check.
        func fails(_ attempt: SignInThrottle.Attempt) throws -> Bool {
            guard try throttle.wait(attempt, now: now) == nil else { return false }
            try throttle.failed(attempt, now: now)
            return true
        }

        mutating func pass(_ seconds: Double) { now.nanoseconds += Int64(seconds * 1e9) }
    }

    @Test func `stops stuffing: many accounts from one network`() throws {
        var play = Play()
        var reached = 0
        for index in 0..<10_000 {
            // 200 hosts of one /24, ten guesses a second for about 17 minutes.
            let host = 0xC633_6400 + UInt32(index % 200)
            if try play.fails(play.attempt(host, index, password: index)) { reached += 1 }
            play.pass(0.1)
        }
        print("stuffing: \(reached) of 10000 guesses reached the check")
        #expect(reached < 150)
        #expect(
            try play.throttle.wait(play.attempt(0x0808_0808, 5, password: 1), now: play.now) == nil)
    }

    @Test func `stops spraying: one password over many accounts from many networks`() throws {
        var play = Play()
        var reached = 0
        for index in 0..<10_000 {
            let network = UInt32(index % 5_000) << 8
            if try play.fails(play.attempt(network, index, password: 0)) { reached += 1 }
            play.pass(0.1)
        }
        print("spraying: \(reached) of 10000 guesses reached the check")
        #expect(reached < 100)
        #expect(
            try play.throttle.wait(play.attempt(0x0808_0808, 5, password: 1), now: play.now) == nil)
    }

    @Test func `stops distributed guessing, and the owner gets in all the while`() throws {
        var play = Play()
        var reached = 0
        var ownerRefused = 0
        for index in 0..<5_000 {
            if try play.fails(play.attempt(UInt32(index) << 8, 1, password: index)) { reached += 1 }
            if index % 50 == 0 {
                let owner = play.attempt(0x0909_0909, 1, password: -1, device: true)
                if try play.throttle.wait(owner, now: play.now) != nil { ownerRefused += 1 }
                play.throttle.succeeded(owner)
            }
            play.pass(0.2)
        }
        print(
            "distributed: \(reached) of 5000 guesses reached the check"
        )
        #expect(reached < 50)
        #expect(ownerRefused == 0)
        // The owner on a new device waits at most a quarter of an hour.
        let wait =
            try play.throttle.wait(play.attempt(0x0A0A_0A0A, 1, password: -1), now: play.now) ?? 0
        #expect(wait <= 900)
    }

    @Test func `an account of the attacker's own clears no counter of his network`() throws {
        var play = Play()
        for index in 0..<60 {
            _ = try play.fails(play.attempt(0x0101_0101, index, password: index))
            play.throttle.succeeded(play.attempt(0x0101_0101, 9_999, password: 1))
            play.pass(0.01)
        }
        #expect(
            try play.throttle.wait(play.attempt(0x0101_0101, 70, password: 70), now: play.now)
                != nil)
    }

    @Test func `forgets with time, counts nothing for the refused, and stays bounded`() throws {
        var play = Play()
        for _ in 0..<1_000 { _ = try play.fails(play.attempt(0x0101_0101, 1, password: 1)) }
        play.pass(7_200)
        #expect(
            try play.throttle.wait(play.attempt(0x0101_0101, 1, password: 1), now: play.now) == nil)
        for index in 0..<300_000 {
            _ = try play.fails(play.attempt(UInt32(index) << 4, index, password: index))
        }
        #expect(play.store.count <= 200_004)
        play.now.nanoseconds = 0
        #expect(
            try play.throttle.wait(play.attempt(1, 1, password: 1), now: play.now) ?? 0 <= 8_200)
    }
}
