import GatehouseValidation

extension QRCode {
    /// A picture as PNG (RFC 2083): grey, one bit a pixel.
    package func png(scale: Int = 6) -> [UInt8] {
        let side = (size + 2 * Self.quietZone) * scale
        var rows: [UInt8] = []
        for y in 0..<side {
            rows.append(0)
            var byte: UInt8 = 0
            for x in 0..<side {
                let isLight = !isDark(x / scale - Self.quietZone, y / scale - Self.quietZone)
                byte = byte << 1 | (isLight ? 1 : 0)
                if x % 8 == 7 { rows.append(byte) }
            }
            if side % 8 != 0 { rows.append(byte << UInt8(8 - side % 8)) }
        }
        let header = Self.word(side) + Self.word(side) + [1, 0, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + Self.chunk("IHDR", header) + Self.chunk("IDAT", Inflation.deflate(rows))
            + Self.chunk("IEND", [])
    }

    private static func word(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }

    private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + content
        return word(content.count) + body + word(Int(Inflation.checkSum(body)))
    }
}
