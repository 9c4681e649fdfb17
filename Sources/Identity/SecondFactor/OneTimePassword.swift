package import GatehouseCore
package import GatehouseCrypto

/// One-time codes by counter (RFC 4226) and by time (RFC 6238).
package struct OneTimePassword: Sendable {
    /// Hash of the HMAC.
    package let hash: OneTimeMAC
    /// Digits of a code: 6 or 8.
    package let digits: Int
    /// Seconds of a time step.
    package let period: Int64
    private let secret: Redacted<[UInt8]>

    /// Codes of a shared secret.
    package init(
        secret: Redacted<[UInt8]>, hash: OneTimeMAC = .sha1, digits: Int = 6, period: Int64 = 30
    ) {
        precondition(digits == 6 || digits == 8)
        self.secret = secret
        self.hash = hash
        self.digits = digits
        self.period = period
    }

    /// Codes of a shared secret, in a factor's shape.
    package init(secret: Redacted<[UInt8]>, shape: CodeShape) {
        self.init(secret: secret, hash: shape.hash, digits: shape.digits)
    }

    /// The code of a counter, with its leading zeros.
    package func code(counter: UInt64) -> [UInt8] {
        let message = (0..<8).map { UInt8(truncatingIfNeeded: counter >> UInt64(56 - 8 * $0)) }
        let tag = hash.authenticate(message, key: secret)
        let offset = Int(tag[tag.count - 1] & 15)
        var value: UInt32 = 0
        for index in 0..<4 { value = value << 8 | UInt32(tag[offset + index]) }
        value = (value & 0x7FFF_FFFF) % (digits == 6 ? 1_000_000 : 100_000_000)
        var text = [UInt8](repeating: 0x30, count: digits)
        for index in stride(from: digits - 1, through: 0, by: -1) {
            text[index] = 0x30 + UInt8(value % 10)
            value /= 10
        }
        return text
    }

    /// The time step of a moment.
    package func step(at now: WallTime) -> Int64 { now.seconds / period }

    /// The digits that somebody typed, with spaces as apps show them; nil for what is no code.
    func digits(of typed: String) -> [UInt8]? {
        let found = typed.utf8.filter { $0 != UInt8(ascii: " ") }
        guard found.count == digits, found.allSatisfy(\.isDigit) else { return nil }
        return found
    }

    /// Which of `steps` has this code; every one is compared, in constant time each.
    func match(_ code: [UInt8], in steps: ClosedRange<Int64>) -> Int64? {
        var found: Int64?
        for step in steps where step >= 0 {
            let isEqual = ConstantTime.equal(self.code(counter: UInt64(step)).raw, code.raw)
            if isEqual, found == nil { found = step }
        }
        return found
    }
}
