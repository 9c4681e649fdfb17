import Testing

@testable import GatehouseCrypto

@Suite struct RandomTests {
    @Test func `fills every byte and repeats nothing`() {
        #expect(SecureRandom.bytes(0).isEmpty)
        var seen = Set<UInt64>()
        for _ in 0..<1_000 { seen.insert(SecureRandom.uint64()) }
        #expect(seen.count == 1_000)
        // A byte that is never written would stay zero in all 64 tries: chance 2^-512.
        var union = [UInt8](repeating: 0, count: 333)
        for _ in 0..<64 {
            for (index, byte) in SecureRandom.bytes(333).enumerated() { union[index] |= byte }
        }
        #expect(!union.contains(0))
    }

    @Test func `pools numbers without repeats across refills`() {
        let pool = RandomPool()
        let count = RandomPool.bytesMax / 8 * 3 + 5
        #expect(Set((0..<count).map { _ in pool.next() }).count == count)
    }
}
