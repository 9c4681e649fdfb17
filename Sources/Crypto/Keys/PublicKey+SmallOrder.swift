extension PublicKey {
    /// Whether a point has an order that divides the cofactor, 8 for Ed25519 and 4 for Ed448
    /// (RFC 8032 section 5.1.7 leaves them to the verifier). OpenSSL takes such keys; a signature
    /// for one message fits others too.
    static func isSmallOrder(_ point: [UInt8]) -> Bool {
        if point.count == 57 { return smallOrder448.contains(Array(point.dropLast())) }
        guard point.count == 32 else { return true }
        var y = point
        y[31] &= 0x7F
        return smallOrder.contains(y)
    }

    /// For Ed448, whose cofactor is 4: 0, 1, -1, and the spellings p and p + 1 of 0 and 1.
    private static let smallOrder448: [[UInt8]] = {
        let zeros = [UInt8](repeating: 0, count: 56)
        var prime = [UInt8](repeating: 0xFF, count: 56)
        prime[28] = 0xFE
        var minusOne = prime
        minusOne[0] = 0xFE
        // p + 1 is 2^448 - 2^224.
        let next = [UInt8](repeating: 0, count: 28) + [UInt8](repeating: 0xFF, count: 28)
        return [zeros, [1] + zeros.dropLast(), minusOne, prime, next]
    }()

    /// The y coordinates, little-endian: 0, 1, -1, both of order 8, and the spellings p and p + 1.
    private static let smallOrder: [[UInt8]] = [
        [UInt8](repeating: 0, count: 32),
        [1] + [UInt8](repeating: 0, count: 31),
        [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
        [0xED] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
        [0xEE] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
        [
            0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF,
            0x98,
            0xF0, 0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D,
            0x53,
            0xFC, 0x05,
        ],
        [
            0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10,
            0x67,
            0x0F, 0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92,
            0xAC,
            0x03, 0x7A,
        ],
    ]
}
