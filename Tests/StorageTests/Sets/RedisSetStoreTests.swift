import Foundation
import GatehouseCore
import Synchronization
import TestSupport
import Testing

@testable import GatehouseStorage

/// One gate's share of a cluster: a store with a client of its own.
final class SetGate: Sendable {
    static let growing = SetName("growing")
    static let latest = SetName("latest")

    let store: RedisSetStore
    private let client: RedisClient
    private let log = Mutex<[SetStoreEvent]>([])

    convenience init(
        _ server: RedisServer, prefix: String, membersMax: Int = 100_000,
        clock: @escaping @Sendable () -> WallTime = { .now },
        pace: (inout SetLinkPace) -> Void = { _ in }
    ) throws {
        try self.init(
            at: server.address(), prefix: prefix, membersMax: membersMax, clock: clock, pace: pace)
    }

    /// For any layout; sentinels have the servers' password.
    init(
        at address: String, prefix: String, membersMax: Int = 100_000,
        clock: @escaping @Sendable () -> WallTime = { .now },
        pace: (inout SetLinkPace) -> Void = { _ in }
    ) throws {
        var configuration = try RedisConfiguration(url: address)
        configuration.sentinelCredentials = .init(password: Redacted(RedisServer.password))
        // The machine may be busy with other tests.
        configuration.limits.commandTimeout = .seconds(1)
        configuration.limits.backoffMax = .milliseconds(200)
        configuration.limits.breaker.openMax = .milliseconds(500)
        client = try RedisClient(configuration)
        var paces = SetLinkPace()
        paces.beat = .milliseconds(100)
        pace(&paces)
        let told = Told()
        store = try RedisSetStore(
            [
                SetRules(Self.growing, .growing, membersMax: membersMax),
                SetRules(Self.latest, .latest, membersMax: membersMax),
            ], client: client, prefix: prefix, pace: paces, clock: clock,
            events: { told.gate?.hear($0) })
        told.gate = self
        store.start()
    }

    deinit {
        store.close()
        client.close()
    }

    private func hear(_ event: SetStoreEvent) { log.withLock { $0.append(event) } }
    var events: [SetStoreEvent] { log.withLock { $0 } }
    var isCurrent: Bool { store.status.isCurrent }

    func value(_ name: String, in set: SetName = growing, at now: WallTime = .now) -> Int64? {
        store.view(of: set).value(of: name, at: now)
    }

    /// Breaks with the reference cycle that an events closure would make.
    private final class Told: Sendable {
        private let held = Mutex<Weak>(Weak())
        private struct Weak { weak var gate: SetGate? }
        var gate: SetGate? {
            get { held.withLock { $0.gate } }
            set { held.withLock { $0.gate = newValue } }
        }
    }
}

func hour() -> WallTime { WallTime.now.adding(.seconds(3_600)) }

@Suite(
    .ownThreads, .enabled(if: RedisServer.isInstalled, "redis-server is not installed"), .serialized
)
struct RedisSetStoreTests {
    @Test func `what one gate inserts the others know: how soon is printed`() async throws {
        let server = try RedisServer()
        let gates = [
            try SetGate(server, prefix: "p:"), try SetGate(server, prefix: "p:"),
            try SetGate(server, prefix: "other:"),
        ]
        #expect(eventually { gates.allSatisfy(\.isCurrent) })
        var times: [Duration] = []
        for number in 0..<300 {
            let start = MonotonicTime.now
            try gates[0].store.post(
                SetMember("m\(number)", value: 1, until: hour()), in: SetGate.growing)
            #expect(gates[0].value("m\(number)") == 1)
            #expect(eventually { gates[1].value("m\(number)") == 1 })
            times.append(MonotonicTime.now - start)
        }
        times.sort()
        print("sets, gate to gate: median \(times[150]), most \(times[299])")
        #expect(times[150] < .milliseconds(100))
        #expect(gates[2].store.view(of: SetGate.growing).isEmpty)
    }

    @Test func `a removal reaches the others, and an older insertion does not undo it`()
        async throws
    {
        let server = try RedisServer()
        let gates = [try SetGate(server, prefix: "p:"), try SetGate(server, prefix: "p:")]
        #expect(eventually { gates.allSatisfy(\.isCurrent) })
        let name = Array("x".utf8)
        let set = SetGate.latest
        try await gates[0].store.insert(SetMember(name, value: 5, until: hour()), in: set)
        #expect(eventually { gates[1].value("x", in: set) == 5 })
        try await gates[1].store.remove(name, value: 6, until: hour(), from: set)
        #expect(gates[1].value("x", in: set) == nil)
        #expect(eventually { gates[0].value("x", in: set) == nil })
        let kept = try await gates[0].store.insert(
            SetMember(name, value: 4, until: hour()), in: set)
        #expect(kept.isRemoval && kept.value == 6)
        try await gates[0].store.insert(SetMember(name, value: 7, until: hour()), in: set)
        #expect(eventually { gates[1].value("x", in: set) == 7 })
    }

    @Test func `a Redis that answers nobody is noticed, and what was missed is made up`()
        async throws
    {
        let server = try RedisServer()
        let gates = [try SetGate(server, prefix: "p:"), try SetGate(server, prefix: "p:")]
        #expect(eventually { gates.allSatisfy(\.isCurrent) })
        server.pause()
        #expect(eventually { gates.allSatisfy { !$0.isCurrent } })
        try gates[0].store.post(SetMember("m", value: 3, until: hour()), in: SetGate.growing)
        await #expect(throws: SetStoreError.self) {
            try await gates[1].store.insert(
                SetMember("n", value: 4, until: hour()), in: SetGate.growing)
        }
        // It counts where it was made, at once.
        #expect(gates[0].value("m") == 3 && gates[1].value("n") == 4)
        #expect(gates[0].value("n") == nil)
        server.resume()
        #expect(eventually { gates.allSatisfy(\.isCurrent) })
        #expect(eventually { gates[0].value("n") == 4 && gates[1].value("m") == 3 })
        for gate in gates {
            let events = gate.events
            #expect(
                events.contains { if case .cut = $0 { true } else { false } }
                    && events.count { if case .current = $0 { true } else { false } } >= 2)
        }
    }

    @Test func `a Redis that comes back empty, or is emptied, gets everything again`()
        async throws
    {
        let server = try RedisServer()
        let gates = [try SetGate(server, prefix: "p:"), try SetGate(server, prefix: "p:")]
        #expect(eventually { gates.allSatisfy(\.isCurrent) })
        for number in 0..<1_234 {
            try gates[number % 2].store.post(
                SetMember("m\(number)", value: Int64(number), until: hour()), in: SetGate.growing)
        }
        #expect(
            eventually { gates.allSatisfy { $0.store.view(of: SetGate.growing).count == 1_234 } })
        for isRestart in [true, false] {
            if isRestart {
                server.kill()
                // Nobody forgets while there is nothing.
                #expect(eventually { gates.allSatisfy { !$0.isCurrent } })
                #expect(gates.allSatisfy { $0.value("m7") == 7 })
                try server.start()
            } else {
                try server.run("FLUSHALL")
            }
            // One field is the mark.
            #expect(try eventually { try server.run("HLEN", "p:{sets}:growing") == "1235" })
            #expect(eventually { gates.allSatisfy(\.isCurrent) })
            let late = try SetGate(server, prefix: "p:")
            #expect(eventually { late.isCurrent })
            #expect((0..<1_234).allSatisfy { late.value("m\($0)") == Int64($0) })
        }
    }

    @Test func `no change is lost between reading the set and hearing the channel`() async throws {
        let server = try RedisServer()
        let writer = try SetGate(server, prefix: "p:")
        #expect(eventually { writer.isCurrent })
        var written = 0
        func write(_ count: Int) throws {
            for _ in 0..<count {
                try writer.store.post(
                    SetMember("m\(written)", value: 1, until: hour()), in: SetGate.growing)
                written += 1
            }
        }
        try write(10_000)
        #expect(try eventually { try server.run("HLEN", "p:{sets}:growing") == "10001" })
        for round in 1...5 {
            let late = try SetGate(server, prefix: "p:")
            // While it connects and reads: changes all along.
            #expect(
                try eventually {
                    if written < 10_000 + round * 5_000 { try write(20) }
                    return late.isCurrent
                })
            #expect(
                eventually { late.store.view(of: SetGate.growing).count == written },
                "\(late.store.view(of: SetGate.growing).count) of \(written)")
        }
        print("sets, read while written: \(written) members")
    }

    @Test func `a Redis that takes nothing is told of, and gets it once it does`() async throws {
        let server = try RedisServer()
        let gates = [try SetGate(server, prefix: "p:"), try SetGate(server, prefix: "p:")]
        #expect(eventually { gates.allSatisfy(\.isCurrent) })
        try server.run("CONFIG", "SET", "maxmemory", "1")
        try gates[0].store.post(SetMember("m", value: 1, until: hour()), in: SetGate.growing)
        #expect(eventually { gates[0].events.contains(.refused("OOM")) })
        #expect(gates[0].value("m") == 1 && gates[1].value("m") == nil)
        try server.run("CONFIG", "SET", "maxmemory", "0")
        #expect(eventually { gates[1].value("m") == 1 })
    }

    @Test func `deletes what ended by both clocks an hour ago, and nothing by one alone`()
        async throws
    {
        let server = try RedisServer()
        let past = HandClock()
        past.seconds = WallTime.now.seconds - 3 * 3_600
        do {
            let gate = try SetGate(server, prefix: "p:", clock: { past.now })
            #expect(eventually { gate.isCurrent })
            for number in 0..<500 {
                try gate.store.post(
                    SetMember("old\(number)", value: 1, until: past.now.adding(.seconds(60))),
                    in: SetGate.growing)
            }
            try await gate.store.insert(
                SetMember("new", value: 1, until: hour()), in: SetGate.growing)
            #expect(try eventually { try server.run("HLEN", "p:{sets}:growing") == "502" })
        }
        // A clock that runs a day ahead believes that all has ended.
        let ahead = HandClock()
        ahead.seconds = WallTime.now.seconds + 86_400
        let gate = try SetGate(server, prefix: "p:", clock: { ahead.now })
        #expect(try eventually { try server.run("HLEN", "p:{sets}:growing") == "2" })
        #expect(try server.run("HGET", "p:{sets}:growing", "new") != "")
        #expect(try server.run("ZCARD", "p:{sets}:growing:ends") == "1")
        #expect(gate.store.view(of: SetGate.growing).isEmpty)
    }

    @Test func `what others wrote under our keys and to our channel is passed over`() async throws {
        let server = try RedisServer()
        try server.run("HSET", "p:{sets}:growing", "x", "no record", "", "no mark", "y", "")
        let gate = try SetGate(server, prefix: "p:")
        #expect(eventually { gate.isCurrent })
        for text in ["", "r", "rx", "r\u{7}growing", "r\u{7}growing\u{1}ab", "b", "zzz"] {
            try server.run("PUBLISH", "p:{sets}", text)
        }
        try await gate.store.insert(SetMember("m", value: 1, until: hour()), in: SetGate.growing)
        #expect(gate.value("m") == 1 && gate.store.view(of: SetGate.growing).count == 1)
    }

    @Test func `a copy that has no room is not whole, and is once what it holds has ended`()
        async throws
    {
        let server = try RedisServer()
        let clock = HandClock()
        let large = try SetGate(server, prefix: "p:", clock: { clock.now })
        #expect(eventually { large.isCurrent })
        for number in 0..<200 {
            let until = at(clock.seconds + (number < 150 ? 60 : 600))
            try large.store.post(
                SetMember("m\(number)", value: 1, until: until), in: SetGate.growing)
        }
        #expect(try eventually { try server.run("HLEN", "p:{sets}:growing") == "201" })
        let small = try SetGate(server, prefix: "p:", membersMax: 100, clock: { clock.now }) {
            $0.sweep = .milliseconds(1)
        }
        #expect(eventually { small.isCurrent })
        let view = small.store.view(of: SetGate.growing)
        #expect(!view.isWhole && view.count == 100)
        #expect(small.events.contains(.full(SetGate.growing)))
        #expect(throws: SetStoreError.full(SetGate.growing)) {
            try small.store.post(
                SetMember("n", value: 1, until: at(clock.seconds + 9)), in: SetGate.growing)
        }
        clock.seconds += 60
        #expect(eventually { view.isWhole && small.isCurrent })
        #expect((150..<200).allSatisfy { small.value("m\($0)", at: clock.now) == 1 })
        #expect(view.count == 50)
    }
}
