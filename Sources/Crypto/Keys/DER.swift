import GatehouseCore

/// The few shapes of DER (X.690) that keys and ECDSA signatures need.
enum DER {
    /// AlgorithmIdentifier of RSA (RFC 3279 section 2.3.1).
    static let rsaEncryption: [UInt8] = [
        0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00,
    ]

    /// AlgorithmIdentifier of a NIST curve (RFC 5480 section 2.1.1).
    static func curve(_ kind: KeyKind) -> [UInt8]? {
        let ecPublicKey: [UInt8] = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
        switch kind {
        case .p256:
            let name: [UInt8] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
            return sequence(ecPublicKey + name)
        case .p384: return sequence(ecPublicKey + [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22])
        case .p521: return sequence(ecPublicKey + [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x23])
        case .rsa, .ed25519, .ed448: return nil
        }
    }

    static func sequence(_ content: [UInt8]) -> [UInt8] { [0x30] + length(content.count) + content }

    static func bitString(_ content: [UInt8]) -> [UInt8] {
        [0x03] + length(content.count + 1) + [0x00] + content
    }

    /// An INTEGER of a big-endian number without sign, in its shortest form.
    static func unsigned(_ number: RawSpan) -> [UInt8] {
        var output: [UInt8] = []
        appendUnsigned(number, to: &output)
        return output
    }

    static func appendUnsigned(_ number: RawSpan, to output: inout [UInt8]) {
        var start = 0
        while start &+ 1 < number.byteCount, number.byte(start) == 0 { start &+= 1 }
        let count = number.byteCount &- start
        let needsZero = count == 0 || number.byte(start) >= 0x80
        output.append(0x02)
        output.append(contentsOf: length(count &+ (needsZero ? 1 : 0)))
        if needsZero { output.append(0) }
        output.append(number.slice(ByteRange(start: start, count: count)))
    }

    private static func length(_ count: Int) -> [UInt8] {
        if count < 0x80 { return [UInt8(count)] }
        if count < 0x100 { return [0x81, UInt8(count)] }
        return [0x82, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
    }
}
