import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseStorage
import Synchronization
import Testing

private final class HandTime: Sendable {
    private let time = Mutex<Int64>(1_800_000_000)
    var now: WallTime { WallTime(seconds: time.withLock { $0 }) }
    func advance(_ seconds: Int64) { time.withLock { $0 += seconds } }
}

private func list(_ time: HandTime) -> BlockList {
    let sets = BlockSets()
    let store = MemorySetStore(sets.rules, clock: { time.now })
    return BlockList(sets, in: store, clock: { time.now })
}

private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

@Suite struct BlockListTests {
    @Test func `an address is refused with each network that holds it, and no other is`()
        async throws
    {
        let time = HandTime()
        let blocks = list(time)
        #expect(!blocks.blocks(try address("192.0.2.7"), at: time.now))
        for target in ["192.0.2.0/24", "198.51.100.9", "2001:db8::/32", "::ffff:203.0.113.5"] {
            try await blocks.add(
                try BlockTarget(target), reason: "test", author: "op", until: nil)
        }
        for text in [
            "192.0.2.0", "192.0.2.255", "::ffff:192.0.2.7", "198.51.100.9", "2001:db8::",
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "203.0.113.5",
        ] {
            #expect(blocks.blocks(try address(text), at: time.now), "\(text)")
        }
        for text in [
            "192.0.1.255", "192.0.3.0", "198.51.100.8", "2001:db9::", "2001:db7:ffff::",
            "::c000:207", "203.0.113.4", "::1",
        ] {
            #expect(!blocks.blocks(try address(text), at: time.now), "\(text)")
        }
        let found = try #require(blocks.entry(for: try address("192.0.2.7")))
        #expect(found.target.description == "192.0.2.0/24")
        #expect(found.reason == "test" && found.author == "op" && found.until == nil)
        #expect(found.made == time.now)
    }

    @Test func `a block ends at its time, when it is removed, and not before`() async throws {
        let time = HandTime()
        let blocks = list(time)
        let target = try BlockTarget("192.0.2.0/24")
        let one = try address("192.0.2.1")
        try await blocks.add(
            target, reason: "", author: "", until: WallTime(seconds: time.now.seconds + 60))
        time.advance(59)
        #expect(blocks.blocks(one, at: time.now))
        time.advance(1)
        #expect(!blocks.blocks(one, at: time.now) && blocks.entries.isEmpty)
        try await blocks.add(target, reason: "a", author: "x", until: nil)
        // A later word replaces an earlier one, a shorter time a longer.
        try await blocks.add(
            target, reason: "b", author: "y", until: WallTime(seconds: time.now.seconds + 60))
        #expect(blocks.entries.map(\.reason) == ["b"])
        #expect(try await blocks.remove(target, author: "z"))
        #expect(!blocks.blocks(one, at: time.now) && blocks.entries.isEmpty)
        #expect(try await !blocks.remove(target, author: "z"))
        try await blocks.add(target, reason: "c", author: "x", until: nil)
        #expect(blocks.blocks(one, at: time.now))
    }

    @Test func `accounts, keys and sessions are told apart`() async throws {
        let time = HandTime()
        let blocks = list(time)
        func caller(_ account: String, _ key: String?, _ session: String?) -> Principal {
            Principal(
                subject: account, issuer: "i", credentialID: key, expires: time.now,
                session: session.map { SessionReference(id: $0, epoch: 1) })
        }
        for target in ["account:a", "key:k", "session:s"] {
            try await blocks.add(
                try BlockTarget(target), reason: "", author: "", until: nil)
        }
        let rows: [(Principal, BlockList.Kind?)] = [
            (caller("a", nil, nil), .account), (caller("b", "k", nil), .key),
            (caller("b", "x", "s"), .session), (caller("k", "a", "a"), nil),
            (caller("s", nil, "k"), nil), (caller("A", "K", "S"), nil),
        ]
        for (principal, kind) in rows {
            #expect(blocks.blocked(principal, at: time.now) == kind)
        }
    }

    @Test func `what is no target is refused with what would be one`() throws {
        for text in [
            "", "account:", "key: x", "session:a\nb", "192.0.2.0/33", "192.0.2.1/24", "example.com",
            "account:" + String(repeating: "x", count: 201), "user:7", "1.2.3",
        ] {
            #expect(throws: ConfigurationError.self, "\(text)") { try BlockTarget(text) }
        }
        for text in ["192.0.2.7", "192.0.2.0/24", "2001:db8::/32", "account:x/y", "key:k:1"] {
            #expect(try BlockTarget(text).description == text)
        }
        let entry = BlockEntry(
            .account("a"), reason: "\u{1B}[31m" + String(repeating: "é", count: 400),
            author: "x\u{0}y\n", made: WallTime(seconds: 0), until: nil)
        #expect(entry.reason.utf8.count <= 300 && !entry.reason.utf8.contains(0x1B))
        #expect(entry.author == "x y ")
    }

    @Test func `nobody blocks himself out without meaning to`() throws {
        let guardian = BlockGuard(
            trustedProxies: [try IPNetwork("10.1.0.0/16")], admin: IPAddress("192.0.2.53"))
        for text in [
            "127.0.0.1", "127.0.0.0/8", "::1", "0.0.0.0/0", "::/0", "10.1.2.3", "10.0.0.0/8",
            "192.0.2.53", "192.0.2.0/24",
        ] {
            #expect(guardian.objection(to: try BlockTarget(text)) != nil, "\(text)")
        }
        for text in ["192.0.2.54", "10.2.0.0/16", "2001:db8::/32", "account:admin", "::2"] {
            #expect(guardian.objection(to: try BlockTarget(text)) == nil, "\(text)")
        }
    }

    @Test func `the controls refuse with 403 and say nothing of the entry`() async throws {
        let time = HandTime()
        let blocks = list(time)
        try await blocks.add(
            try BlockTarget("192.0.2.0/24"), reason: "secret reason", author: "op", until: nil)
        try await blocks.add(
            try BlockTarget("account:eve"), reason: "secret reason", author: "op", until: nil)
        let request = makeRequest(at: time.now.seconds)
        request.client = try address("192.0.2.9")
        request.peer = request.client
        let refusal = try #require(AddressBlock(blocks).refusal(request))
        #expect(refusal.status == 403 && refusal.code == .refused && refusal.closesConnection)
        #expect(!refusal.detail.contains("secret"))
        // Behind a proxy the connection carries others' requests as well.
        request.peer = try address("10.0.0.1")
        #expect(AddressBlock(blocks).refusal(request)?.closesConnection == false)
        request.client = try address("192.0.3.9")
        #expect(AddressBlock(blocks).refusal(request) == nil)
        #expect(CallerBlock(blocks).refusal(request) == nil)
        request.principal = Principal(subject: "eve", issuer: "i", expires: time.now)
        #expect(CallerBlock(blocks).refusal(request)?.code == .refused)
        request.principal = Principal(subject: "bob", issuer: "i", expires: time.now)
        #expect(CallerBlock(blocks).refusal(request) == nil)
    }

    @Test func `the longest match is the naive one's, through additions, removals and ends`()
        async throws
    {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(seed)
        let time = HandTime()
        let blocks = list(time)
        var model: [IPNetwork: WallTime] = [:]
        var (asked, blocked) = (0, 0)
        func some(_ random: inout SplitMix) -> IPAddress {
            // Few different bits, so that networks and addresses meet.
            let bits = random.next() & 0x8080_0000_0000_8101
            return Bool.random(using: &random)
                ? IPAddress(v4: UInt32(truncatingIfNeeded: bits >> 32 | bits))
                : IPAddress(high: bits, low: random.next() & 0x8000_0000_0000_0003)
        }
        for _ in 0..<2_000 {
            if Int.random(in: 0..<10, using: &random) == 0 { time.advance(1) }
            let address = some(&random)
            let network = IPNetwork(
                address, bits: Int.random(in: 0...address.bitCount, using: &random))
            if Int.random(in: 0..<3, using: &random) == 0 {
                let removed = try await blocks.remove(.network(network), author: "")
                #expect(removed == ((model[network] ?? time.now) > time.now), "seed \(seed)")
                model[network] = nil
            } else if model.values.count(where: { $0 > time.now }) < 40 {
                let until = WallTime(
                    seconds: time.now.seconds + Int64.random(in: 1..<40, using: &random))
                try await blocks.add(.network(network), reason: "", author: "", until: until)
                model[network] = until
            }
            for _ in 0..<20 {
                let address = some(&random)
                let longest = model.filter { $0.value > time.now && $0.key.contains(address) }
                    .keys.max { $0.bits < $1.bits }
                let found = blocks.entry(for: address).map(\.target)
                #expect(found == longest.map { .network($0) }, "seed \(seed)")
                #expect(blocks.blocks(address, at: time.now) == (longest != nil))
                asked += 1
                if longest != nil { blocked += 1 }
            }
        }
        print("block list: \(asked) addresses, \(blocked) blocked, seed \(seed)")
        #expect(blocked > 0 && blocked < asked)
    }

    @Test func `a hundred thousand networks: what a look-up costs is printed`() async throws {
        let time = HandTime()
        let blocks = list(time)
        var random = SplitMix(7)
        for number in 0..<100_000 {
            let isV4 = number % 2 == 0
            let address =
                isV4
                ? IPAddress(v4: UInt32(truncatingIfNeeded: random.next()))
                : IPAddress(high: random.next(), low: 0)
            let bits = isV4 ? [24, 28, 32][number / 2 % 3] : [48, 56, 64][number / 2 % 3]
            try await blocks.add(
                .network(IPNetwork(address, bits: bits)), reason: "scan", author: "op", until: nil)
        }
        let addresses = (0..<1_024).map { _ in
            IPAddress(v4: UInt32(truncatingIfNeeded: random.next()))
        }
        let start = MonotonicTime.now
        var hits = 0
        for round in 0..<200_000 where blocks.blocks(addresses[round & 1_023], at: time.now) {
            hits += 1
        }
        let each = (MonotonicTime.now - start).nanoseconds / 200_000
        print("block list of 100,000: \(each) ns an address, \(hits) of 200,000 blocked")
        #expect(blocks.counts[0].count > 99_000)
    }
}

/// The same numbers in every run of a seed.
private struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
