import GatehouseCore
import GatehouseStorage
import Testing

@Suite struct CounterKeyTests {
    /// `openssl mac -macopt hexkey:000102…0f -macopt size:16 SIPHASH` over 8, 16 and 24 bytes that
    /// count up from 0.
    @Test func `is SipHash-2-4 with 128 bits`() {
        let seed = CounterSeed(0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)
        let words: [UInt64] = [
            0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908, 0x1716_1514_1312_1110,
        ]
        let expected: [(UInt64, UInt64)] = [
            (0xA381_7F04_BA25_A8E6, 0x6DF6_7214_C755_0293),
            (0x3B62_A9BA_6258_F561, 0x0F83_E264_F314_97B4),
            (0x6EE2_A4CA_67B0_54BB, 0xFD33_15BF_8523_0577),
            (0x2DB4_79AE_78BD_50D8, 0x882A_8A17_8A61_32AD),
        ]
        for count in 0...3 {
            var hasher = CounterHasher(seed)
            for word in words.prefix(count) { hasher.combine(word) }
            let key = hasher.finish()
            #expect(key.low.byteSwapped == expected[count].0)
            #expect(key.high.byteSwapped == expected[count].1)
        }
    }

    @Test func `parts that join to the same bytes are different keys`() {
        func hash(_ parts: [String]) -> CounterKey {
            var hasher = CounterHasher(CounterSeed(1, 2))
            for part in parts { hasher.combine(part) }
            return hasher.finish()
        }
        let all = [
            ["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["", "abc"], ["abc\0"], [""], [],
            ["12345678", "9"], ["123456789"], ["12345678"], ["12345678\0"],
        ]
        #expect(Set(all.map(hash)).count == all.count)
    }

    @Test func `another seed is another key, and no key is empty`() {
        var first = CounterHasher(CounterSeed(1, 2))
        var second = CounterHasher(CounterSeed(1, 3))
        first.combine(7)
        second.combine(7)
        #expect(first.finish() != second.finish())
        #expect(CounterKey(high: 0, low: 0).low != 0)
    }
}
