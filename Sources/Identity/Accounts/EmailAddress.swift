import GatehouseCore
import GatehouseCrypto

/// An e-mail address in the one form in which it is compared and kept: lower case, trimmed.
///
/// What is accepted is what mail systems deliver to in practice, not all of RFC 5321: no quoted
/// local parts, no comments, no address literals.
struct EmailAddress: Equatable, Sendable {
    let text: String

    private static let lengthMax = 254
    private static let localMax = 64

    init?(_ input: String) {
        let trimmed = input.utf8.drop { $0 == 0x20 }
        var bytes = Array(trimmed)
        while bytes.last == 0x20 { bytes.removeLast() }
        guard bytes.count <= Self.lengthMax, let at = bytes.lastIndex(of: UInt8(ascii: "@")) else {
            return nil
        }
        let local = bytes[..<at]
        let domain = bytes[(at + 1)...]
        guard Self.isLocal(local), Self.isDomain(domain) else { return nil }
        text = String(decoding: bytes, as: UTF8.self).lowercased()
    }

    private static func isLocal(_ part: ArraySlice<UInt8>) -> Bool {
        guard (1...localMax).contains(part.count), part.first != 0x2E, part.last != 0x2E else {
            return false
        }
        var previous: UInt8 = 0
        for byte in part {
            if byte == 0x2E, previous == 0x2E { return false }
            previous = byte
            switch byte {
            case 0x80...: continue
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: continue
            default:
                guard "!#$%&'*+-/=?^_`{|}~.".utf8.contains(byte) else { return false }
            }
        }
        return true
    }

    private static func isDomain(_ part: ArraySlice<UInt8>) -> Bool {
        let labels = part.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard labels.count >= 2 else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != 0x2D && label.last != 0x2D
                && label.allSatisfy { byte in
                    byte == 0x2D || byte >= 0x80 || byte.isDigit
                        || (0x61...0x7A).contains(byte | 0x20)
                }
        }
    }
}
