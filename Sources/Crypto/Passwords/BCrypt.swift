import CCrypt
public import GatehouseCore

/// bcrypt, for accounts that come from elsewhere: verified, never made.
///
/// It looks at the first 72 bytes alone and ends at a NUL; passwords with a NUL are refused.
public enum BCrypt {
    /// The highest cost that is borne: about four seconds.
    private static let costMax = 16
    private static let length = 60

    /// Whether the text is a bcrypt hash of a bearable cost, in one of the sound variants: `2a`,
    /// `2b` and `2y`.
    public static func isHash(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == length, text.hasPrefix("$2"), [0x61, 0x62, 0x79].contains(bytes[2]),
            bytes[3] == 0x24, bytes[6] == 0x24, let cost = Int(text.dropFirst(4).prefix(2))
        else { return false }
        return (4...costMax).contains(cost)
    }

    /// Whether `password` gave `hash`.
    public static func verify(_ password: Redacted<[UInt8]>, _ hash: String) -> Bool {
        let plain = password.dangerouslyRevealed
        guard isHash(hash), !plain.contains(0) else { return false }
        let data = UnsafeMutablePointer<crypt_data>.allocate(capacity: 1)
        unsafe data.initialize(to: crypt_data())
        defer { unsafe data.deallocate() }
        var phrase = plain.map { CChar(bitPattern: $0) } + [0]
        defer { unsafe phrase.withUnsafeMutableBufferPointer { unsafe $0.update(repeating: 0) } }
        let size = Int32(MemoryLayout<crypt_data>.size)
        guard let made = unsafe crypt_rn(phrase, hash, data, size) else { return false }
        let found = unsafe Array(String(cString: made).utf8)
        return ConstantTime.equal(found.raw, Array(hash.utf8).raw)
    }
}
