import GatehouseCore
import Synchronization
import Testing

@testable import GatehouseStorage

func at(_ seconds: Int64) -> WallTime { WallTime(seconds: seconds) }

@Suite struct SetViewTests {
    private static func view(_ merge: SetMerge, max: Int = 100_000) -> SetView {
        SetView(SetRules(SetName("s"), merge, membersMax: max), seed: CounterSeed(1, 2))
    }

    private static func isFull(_ merged: SetView.Merged) -> Bool {
        if case .full = merged { true } else { false }
    }

    @Test func `refuses a member when all that it holds still counts, and says so once`() {
        let view = Self.view(.growing, max: 100)
        for number in 0..<100 {
            _ = view.merge(SetMember("m\(number)", value: 1, until: at(50)), at: at(0))
        }
        guard
            case .full(isFirst: true) = view.merge(
                SetMember("more", value: 1, until: at(90)), at: at(0))
        else {
            Issue.record("it had room")
            return
        }
        guard
            case .full(isFirst: false) = view.merge(
                SetMember("more", value: 1, until: at(90)), at: at(0))
        else {
            Issue.record("it had room, or said it twice")
            return
        }
        #expect(!view.isWhole && view.count == 100)
        #expect((0..<100).allSatisfy { view.value(of: "m\($0)", at: at(49)) == 1 })
        // A known member needs no room.
        #expect(
            !Self.isFull(view.merge(SetMember("m3", value: 9, until: at(60)), at: at(0))))
        #expect(view.value(of: "m3", at: at(59)) == 9)
    }

    @Test func `makes room of what has ended first, then of removals`() {
        let view = Self.view(.latest, max: 10)
        for number in 0..<4 {
            _ = view.merge(SetMember("short\(number)", value: 1, until: at(5)), at: at(0))
        }
        for number in 0..<4 {
            _ = view.merge(
                SetMember(
                    Array("gone\(number)".utf8), value: 2, until: at(90), isRemoval: true),
                at: at(0))
        }
        for number in 0..<2 {
            _ = view.merge(SetMember("long\(number)", value: 1, until: at(90)), at: at(0))
        }
        #expect(!Self.isFull(view.merge(SetMember("a", value: 1, until: at(90)), at: at(6))))
        #expect(view.count == 7 && view.record(of: Array("gone0".utf8)) != nil)
        for number in 0..<3 {
            _ = view.merge(SetMember("b\(number)", value: 1, until: at(90)), at: at(6))
        }
        #expect(!Self.isFull(view.merge(SetMember("c", value: 1, until: at(90)), at: at(6))))
        #expect(view.record(of: Array("gone0".utf8)) == nil && view.count == 7)
        #expect(view.members(at: at(6)).count == 7)
    }

    @Test func `is empty again, and asks no lock, when all has ended`() {
        let view = Self.view(.growing)
        #expect(view.isEmpty && view.value(of: "x", at: at(0)) == nil)
        _ = view.merge(SetMember("x", value: 3, until: at(5)), at: at(0))
        #expect(!view.isEmpty && view.value(of: "x", at: at(4)) == 3)
        #expect(view.value(of: "x", at: at(5)) == nil)
        view.sweep(at: at(5))
        #expect(view.isEmpty)
    }

    @Test func `tells of members that come to count and cease to`() {
        let log = Log()
        let rules = SetRules(SetName("s"), .latest, membersMax: 10) { log.append($0) }
        let view = SetView(rules)
        let name = Array("x".utf8)
        _ = view.merge(SetMember(name, value: 1, until: at(9)), at: at(0))
        _ = view.merge(SetMember(name, value: 2, until: at(9)), at: at(0))
        _ = view.merge(SetMember(name, value: 3, until: at(9), isRemoval: true), at: at(0))
        _ = view.merge(SetMember(name, value: 2, until: at(9)), at: at(0))
        _ = view.merge(SetMember(name, value: 4, until: at(9)), at: at(0))
        view.sweep(at: at(9))
        #expect(log.all == [true, false, true, false])
    }

    @Test func `a record is read back as it was written, and nothing else is`() {
        var random = SystemRandomNumberGenerator()
        var read = 0
        for _ in 0..<1_000 {
            let member = SetMember(
                (0..<Int.random(in: 1...256)).map { _ in UInt8.random(in: 0...255, using: &random)
                },
                value: Int64.random(in: .min ... .max), until: at(Int64.random(in: -9...9)),
                isRemoval: Bool.random(),
                note: (0..<Int.random(in: 0...512)).map { _ in UInt8.random(in: 0...255) })
            let record = member.record
            #expect(SetMember(name: member.name, record: record) == member)
            #expect(SetMember(name: member.name, record: record.dropLast(record.count - 32)) == nil)
            #expect(SetMember(name: [], record: record) == nil)
            read += 1
        }
        #expect(SetMember(name: [1], record: Array(repeating: 0x41, count: 33)) == nil)
        print("records read back: \(read)")
    }

    @Test func `records sort as their values and ends do`() {
        let numbers: [Int64] = [.min, -5, -1, 0, 1, 7, 1 << 40, .max]
        for left in numbers {
            for right in numbers {
                let (a, b) = (
                    SetMember("x", value: left, until: at(0)),
                    SetMember("x", value: right, until: at(0))
                )
                #expect(
                    a.record.lexicographicallyPrecedes(b.record) == (left < right))
            }
        }
    }
}

/// What an observer was told.
final class Log: Sendable {
    private let told = Mutex<[Bool]>([])
    func append(_ change: SetChange) { told.withLock { $0.append(change.isPresent) } }
    var all: [Bool] { told.withLock { $0 } }
}
