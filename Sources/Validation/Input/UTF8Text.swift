import GatehouseCore

/// Whether bytes are UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing beyond
/// U+10FFFF.
enum UTF8Text {
    static func isValid(_ text: RawSpan) -> Bool {
        var index = 0
        while index < text.byteCount {
            let lead = text.byte(index)
            let (length, second): (Int, ClosedRange<UInt8>) =
                switch lead {
                case 0x00...0x7F: (1, 0x80...0xBF)
                case 0xC2...0xDF: (2, 0x80...0xBF)
                case 0xE0: (3, 0xA0...0xBF)
                case 0xED: (3, 0x80...0x9F)
                case 0xE1...0xEF: (3, 0x80...0xBF)
                case 0xF0: (4, 0x90...0xBF)
                case 0xF1...0xF3: (4, 0x80...0xBF)
                case 0xF4: (4, 0x80...0x8F)
                default: (0, 0x80...0xBF)
                }
            guard length > 0, index + length <= text.byteCount else { return false }
            if length > 1, !second.contains(text.byte(index + 1)) { return false }
            for offset in 2..<max(length, 2) {
                guard (0x80...0xBF).contains(text.byte(index + offset)) else { return false }
            }
            index += length
        }
        return true
    }
}
