/// Which of a cluster's slots a key lies in: CRC16 (XMODEM) of the key, or of the part in braces
/// that keys share which must lie together.
enum RedisSlot {
    static let count = 16_384

    private static let table: InlineArray<256, UInt16> = {
        var table = InlineArray<256, UInt16>(repeating: 0)
        for index in 0..<256 {
            var value = UInt16(index) << 8
            for _ in 0..<8 { value = value & 0x8000 == 0 ? value << 1 : value << 1 ^ 0x1021 }
            table[index] = value
        }
        return table
    }()

    static func of(_ key: ArraySlice<UInt8>) -> Int {
        var part = key
        if let open = key.firstIndex(of: UInt8(ascii: "{")),
            let close = key[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
        {
            part = key[(open + 1)..<close]
        }
        var sum: UInt16 = 0
        for byte in part { sum = sum << 8 ^ table[Int(UInt8(truncatingIfNeeded: sum >> 8) ^ byte)] }
        return Int(sum) & (count - 1)
    }
}
