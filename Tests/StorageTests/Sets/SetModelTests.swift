import Foundation
import GatehouseCore
import Synchronization
import Testing

@testable import GatehouseStorage

/// What a set is, without shards, bounds or speed.
struct SetModel {
    var members: [[UInt8]: SetMember] = [:]
    let merge: SetMerge

    mutating func insert(_ member: SetMember, at now: WallTime) {
        guard member.until > now else { return }
        guard let old = members[member.name], old.until > now else {
            return members[member.name] = member
        }
        switch merge {
        case .growing:
            var new = member.value > old.value ? member : old
            new.until = max(old.until, member.until)
            members[member.name] = new
        case .latest:
            let left = (old.value, old.isRemoval ? 1 : 0, old.until)
            let right = (member.value, member.isRemoval ? 1 : 0, member.until)
            if left < right { members[member.name] = member }
        }
    }

    func value(_ name: [UInt8], at now: WallTime) -> Int64? {
        guard let member = members[name], !member.isRemoval, member.until > now else { return nil }
        return member.value
    }
}

/// SplitMix64: the same steps in every run of a seed.
struct Steps: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func member(_ merge: SetMerge, now: Int64) -> SetMember {
        let number = Int.random(in: 0..<60, using: &self)
        return SetMember(
            Array("member-\(number)".utf8), value: Int64.random(in: 0..<40, using: &self),
            until: at(now + Int64.random(in: -2..<30, using: &self)),
            isRemoval: merge == .latest && Int.random(in: 0..<4, using: &self) == 0)
    }
}

@Suite struct SetModelTests {
    @Test(arguments: [SetMerge.growing, .latest])
    func `the memory form answers as the model, through restarts of its journal`(
        _ merge: SetMerge
    ) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var steps = Steps(seed)
        let folder = NSTemporaryDirectory() + "/gatehouse-sets-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let name = SetName("s")
        let clock = HandClock()
        func open() throws -> MemorySetStore {
            let journal = try SetJournal(path: folder + "/sets.db", clock: { clock.now })
            return try MemorySetStore(
                [SetRules(name, merge, membersMax: 1_000)], journal: journal,
                clock: { clock.now })
        }
        var store = try open()
        var model = SetModel(merge: merge)
        var (asked, restarts) = (0, 0)
        for step in 0..<3_000 {
            if Int.random(in: 0..<5, using: &steps) == 0 { clock.seconds += 1 }
            let member = steps.member(merge, now: clock.seconds)
            if step % 10 == 0 {
                try await store.insert(member, in: name)
            } else {
                try store.post(member, in: name)
            }
            model.insert(member, at: clock.now)
            for number in 0..<60 {
                let text = "member-\(number)"
                #expect(
                    store.view(of: name).value(of: text, at: clock.now)
                        == model.value(Array(text.utf8), at: clock.now), "seed \(seed)")
                asked += 1
            }
            if step % 500 == 499 {
                // What is acknowledged after all others is behind them on the disk.
                let last = SetMember("last", value: Int64(step), until: at(clock.seconds + 900))
                try await store.insert(last, in: name)
                store.close()
                store = try open()
                restarts += 1
                #expect(store.view(of: name).value(of: "last", at: clock.now) == Int64(step))
            }
        }
        print("sets, memory, \(merge): \(asked) answers, \(restarts) restarts, seed \(seed)")
        #expect(asked > 0 && restarts > 0)
    }

    @Test func `refuses what is too long, and changes nothing`() async throws {
        let name = SetName("s")
        let store = MemorySetStore([SetRules(name, .latest, membersMax: 10)])
        for bad in [
            SetMember([], value: 1, until: at(.max)),
            SetMember([UInt8](repeating: 1, count: 257), value: 1, until: .init(nanoseconds: .max)),
            SetMember(
                [1], value: 1, until: .init(nanoseconds: .max),
                note: [UInt8](repeating: 1, count: 513)),
        ] {
            await #expect(throws: SetStoreError.malformed) {
                try await store.insert(bad, in: name)
            }
            #expect(throws: SetStoreError.malformed) { try store.post(bad, in: name) }
        }
        #expect(store.view(of: name).isEmpty)
    }

    @Test func `records merged in any order and number make one copy`() {
        let seed = UInt64.random(in: 0 ... .max)
        var steps = Steps(seed)
        var rounds = 0
        for merge in [SetMerge.growing, .latest] {
            for _ in 0..<100 {
                let records = (0..<200).map { _ in steps.member(merge, now: 100) }
                let rules = SetRules(SetName("s"), merge, membersMax: 1_000)
                let (left, right) = (SetView(rules), SetView(rules))
                for record in records { _ = left.merge(record, at: at(0)) }
                for record in (records + records.prefix(50)).shuffled(using: &steps) {
                    _ = right.merge(record, at: at(0))
                }
                #expect(
                    Set(left.members(at: at(0))) == Set(right.members(at: at(0))), "seed \(seed)")
                rounds += 1
            }
        }
        print("sets, orders: \(rounds) rounds, seed \(seed)")
        #expect(rounds > 0)
    }
}

/// Wall time that a test moves.
final class HandClock: Sendable {
    private let time = Mutex<Int64>(1_000)
    var seconds: Int64 {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }
    var now: WallTime { WallTime(seconds: seconds) }
}
