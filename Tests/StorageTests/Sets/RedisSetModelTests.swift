import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import GatehouseStorage

@Suite(
    .ownThreads, .enabled(if: RedisServer.isInstalled, "redis-server is not installed"), .serialized
)
struct RedisSetModelTests {
    private enum Fault: String, CaseIterable {
        case cutSubscribers, cutCommands, pause, killAndLose, killAndKeep, empty, none
    }

    /// Whatever happens to Redis and the connections: a gate never forgets what it knew, and all
    /// agree with the model when they have met again.
    @Test(arguments: [false, true])
    func `three gates agree with the model after every fault`(_ isPersistent: Bool) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var steps = Steps(seed)
        let server = try RedisServer(
            isPersistent ? ["appendonly yes", "appendfsync always"] : [])
        let clock = HandClock()
        let gates = try (0..<3).map { _ in
            try SetGate(server, prefix: "model:", clock: { clock.now })
        }
        var models = [
            SetGate.growing: SetModel(merge: .growing), SetGate.latest: SetModel(merge: .latest),
        ]
        var faults: [Fault: Int] = [:]
        var changes = 0
        #expect(eventually { gates.allSatisfy(\.isCurrent) })
        for _ in 0..<20 {
            let fault = Fault.allCases.randomElement(using: &steps) ?? .none
            if fault == .killAndKeep, !isPersistent { continue }
            if fault == .killAndLose, isPersistent { continue }
            faults[fault, default: 0] += 1
            try begin(fault, server)
            for _ in 0..<Int.random(in: 1..<60, using: &steps) {
                for (name, merge) in [
                    (SetGate.growing, SetMerge.growing), (SetGate.latest, .latest),
                ] {
                    // Ends far enough away: gates that are apart see them at the same step.
                    var member = steps.member(merge, now: clock.seconds)
                    member.until = member.until.adding(.seconds(1_000))
                    let gate = gates.randomElement(using: &steps) ?? gates[0]
                    try gate.store.post(member, in: name)
                    models[name]?.insert(member, at: clock.now)
                    changes += 1
                    if merge == .growing {
                        let text = String(decoding: member.name, as: UTF8.self)
                        let known = gate.value(text, at: clock.now) ?? .min
                        #expect(known >= member.value, "seed \(seed)")
                    }
                }
            }
            let before = gates.map { Self.values($0, clock.now) }
            try end(fault, server)
            let agree = eventually {
                gates.allSatisfy(\.isCurrent)
                    && gates.allSatisfy { gate in
                        models.allSatisfy { Self.matches(gate, $0, $1, clock.now) }
                    }
            }
            #expect(agree, "after \(fault), seed \(seed)")
            for (gate, known) in zip(gates, before) {
                let now = Self.values(gate, clock.now)
                #expect(known.allSatisfy { (now[$0] ?? .min) >= $1 }, "forgot, seed \(seed)")
            }
            guard agree else { break }
            clock.seconds += Int64.random(in: 0..<40, using: &steps)
        }
        let met = faults.map { "\($0.rawValue) \($1)" }.sorted()
        print("sets, Redis, persistent \(isPersistent): \(changes) changes, \(met), seed \(seed)")
        #expect(changes > 0)
    }

    private static func values(_ gate: SetGate, _ now: WallTime) -> [[UInt8]: Int64] {
        let members = gate.store.view(of: SetGate.growing).members(at: now)
        return Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) })
    }

    private static func matches(
        _ gate: SetGate, _ name: SetName, _ model: SetModel, _ now: WallTime
    ) -> Bool {
        let wanted = model.members.values.filter { $0.isPresent(at: now) }
        return Set(gate.store.view(of: name).members(at: now)) == Set(wanted)
    }

    private func begin(_ fault: Fault, _ server: RedisServer) throws {
        switch fault {
        case .cutSubscribers: try server.run("CLIENT", "KILL", "TYPE", "pubsub")
        case .cutCommands: try server.run("CLIENT", "KILL", "TYPE", "normal")
        case .pause: server.pause()
        case .killAndLose, .killAndKeep: server.kill()
        case .empty: try server.run("FLUSHALL")
        case .none: break
        }
    }

    private func end(_ fault: Fault, _ server: RedisServer) throws {
        switch fault {
        case .pause: server.resume()
        case .killAndLose, .killAndKeep: try server.start()
        default: break
        }
    }
}
