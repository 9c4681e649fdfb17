import GatehouseCore
import Testing

@testable import GatehouseHTTP
@testable import GatehouseTransport

private func at(_ milliseconds: Int64) -> MonotonicTime {
    MonotonicTime(nanoseconds: 1_000_000_000_000 + milliseconds * 1_000_000)
}

@Suite struct RateAllowanceTests {
    @Test func `refuses what exceeds the burst, and gives one back for each interval`() {
        let allowance = RateAllowance(10, burst: 5)
        var whole: Int64 = 0
        var taken = 0
        for _ in 0..<8 where allowance.take(from: &whole, at: at(0)) { taken += 1 }
        #expect(taken == 5)
        #expect(!allowance.take(from: &whole, at: at(99)))
        #expect(allowance.take(from: &whole, at: at(100)))
        #expect(!allowance.take(from: &whole, at: at(100)))
        for _ in 0..<5 { #expect(allowance.take(from: &whole, at: at(10_000))) }
        #expect(!allowance.take(from: &whole, at: at(10_000)))
    }

    @Test func `admits exactly the rate to a flood that never stops`() {
        let allowance = RateAllowance(100, burst: 20)
        var whole: Int64 = 0
        var taken = 0
        for millisecond in 0..<10_000 where allowance.take(from: &whole, at: at(Int64(millisecond)))
        { taken += 1 }
        #expect((1_019...1_020).contains(taken))
    }

    @Test func `bounds a debt, and returns what was not used`() {
        let allowance = RateAllowance(10, burst: 5)
        var whole: Int64 = 0
        for _ in 0..<1_000 { allowance.charge(12, to: &whole, at: at(0)) }
        #expect(!allowance.take(from: &whole, at: at(599)))
        #expect(allowance.take(from: &whole, at: at(600)))
        whole = 0
        #expect(allowance.take(5, from: &whole, at: at(0)))
        #expect(!allowance.take(from: &whole, at: at(0)))
        allowance.giveBack(3, to: &whole)
        #expect(allowance.take(3, from: &whole, at: at(0)))
        #expect(!allowance.take(from: &whole, at: at(0)))
    }
}

@Suite struct DrainCreditTests {
    @Test func `ends a reader that takes nothing once the window is over`() {
        var credit = DrainCredit(bytesPerSecond: 1_000, window: .seconds(10))
        #expect(credit.left == .seconds(10))
        credit.note(waited: .seconds(9), taken: 0)
        #expect(credit.left == .seconds(1))
        credit.note(waited: .seconds(1), taken: 0)
        #expect(credit.left <= .zero)
    }

    @Test func `ends a reader that trickles, and one that was quick before`() {
        var credit = DrainCredit(bytesPerSecond: 1_000, window: .seconds(10))
        credit.note(waited: .seconds(1), taken: 1_000_000_000)
        #expect(credit.left == .seconds(10))
        var seconds = 0
        while credit.left > .zero, seconds < 1_000 {
            credit.note(waited: .seconds(1), taken: 100)
            seconds += 1
        }
        #expect(seconds == 12)
    }

    @Test func `lets a reader go on that keeps the rate`() {
        var credit = DrainCredit(bytesPerSecond: 1_000, window: .seconds(10))
        for _ in 0..<10_000 { credit.note(waited: .seconds(1), taken: 1_000) }
        #expect(credit.left == .seconds(10))
    }
}

@Suite struct LoopShareTests {
    @Test func `allows one piece a turn, and a share of what the rest took`() {
        var share = LoopShare(percent: 25)
        share.begin(at: at(0))
        #expect(!share.allowsMore(at: at(1)))
        share.finish(at: at(1), isWorkLeft: true)
        // 30 ms of other work earn 10 ms: a quarter of the whole.
        share.begin(at: at(31))
        #expect(share.allowsMore(at: at(40)))
        #expect(!share.allowsMore(at: at(41)))
        share.finish(at: at(41), isWorkLeft: false)
        // A loop that slept until now was not kept from anything.
        share.begin(at: at(5_000))
        #expect(!share.allowsMore(at: at(5_000)))
        share.finish(at: at(5_001), isWorkLeft: true)
        // A turn that blocked for ten seconds does not earn three for handshakes.
        share.begin(at: at(15_001))
        #expect(!share.allowsMore(at: at(15_035)))
    }
}

@Suite struct FairQueueTests {
    @Test func `serves keys in turns, however much one of them sent`() {
        var queue = FairQueue<String, Int>(capacity: 100)
        for number in 0..<50 { #expect(queue.push(number, for: "flood") == nil) }
        #expect(queue.push(100, for: "a") == nil)
        #expect(queue.push(101, for: "b") == nil)
        #expect([queue.pop(), queue.pop(), queue.pop()] == [0, 100, 101])
        #expect(queue.pop() == 1)
        #expect(queue.count == 48)
    }

    @Test func `takes the place of a newcomer from whoever holds most`() {
        var queue = FairQueue<String, Int>(capacity: 10)
        for number in 0..<10 { _ = queue.push(number, for: "flood") }
        #expect(queue.push(10, for: "flood") == 10)
        #expect(queue.push(100, for: "a") == 9)
        #expect(queue.push(101, for: "b") == 8)
        #expect(queue.count == 10)
        var order: [Int] = []
        while let element = queue.pop() { order.append(element) }
        #expect(order == [0, 100, 101, 1, 2, 3, 4, 5, 6, 7])
    }

    @Test func `holds its bound and its order against a simple model`() {
        var random = SeededGenerator(seed: 20_261_128)
        var queue = FairQueue<Int, Int>(capacity: 50)
        var model: [Int: [Int]] = [:]
        var steps = 0
        for number in 0..<20_000 {
            steps += 1
            if random.next() % 100 < 60 {
                let key = Int(random.next() % 12)
                let lost = queue.push(number, for: key)
                if lost != number { model[key, default: []].append(number) }
                if let lost, lost != number {
                    let victim = model.first { $0.value.last == lost }?.key
                    #expect(victim != nil)
                    if let victim { model[victim]?.removeLast() }
                }
            } else if let element = queue.pop() {
                let key = model.first { $0.value.first == element }?.key
                #expect(key != nil, "the oldest of some key")
                if let key { model[key]?.removeFirst() }
            }
            #expect(queue.count == model.values.reduce(0) { $0 + $1.count })
            #expect(queue.count <= 50)
        }
        print("fair queue: \(steps) steps, seed 20261128")
    }
}

/// SplitMix64.
private struct SeededGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

@Suite struct AddressTableTests {
    @Test func `stays within its bound and keeps a penalty while strangers pass by`() {
        var table = AddressTable()
        let barred = IPAddress(v4: 0x0A00_0001)
        table.with(barred) { $0.barredUntil = .max }
        for number in 0..<300_000 {
            table.with(IPAddress(high: UInt64(number + 1) << 16, low: 1)) {
                $0.connections = Int64(number)
            }
        }
        #expect(table.count <= AddressTable.setCount * AddressTable.waysMax)
        #expect(table.with(barred) { $0.barredUntil } == .max)
        print("address table: \(table.count) records after 300000 addresses")
    }

    @Test func `counts an IPv6 network as one, and a mapped address as IPv4`() throws {
        var table = AddressTable()
        let one = try #require(IPAddress("2001:db8:1:2::1"))
        let other = try #require(IPAddress("2001:db8:1:2:ffff::9"))
        let beyond = try #require(IPAddress("2001:db8:1:3::1"))
        table.with(one) { $0.handshakes = 7 }
        #expect(table.with(other) { $0.handshakes } == 7)
        #expect(table.with(beyond) { $0.handshakes } == 0)
        let mapped = try #require(IPAddress("::ffff:192.0.2.1"))
        let plain = try #require(IPAddress("192.0.2.1"))
        table.with(mapped) { $0.handshakes = 9 }
        #expect(table.with(plain) { $0.handshakes } == 9)
        #expect(table.count == 3)
    }
}
