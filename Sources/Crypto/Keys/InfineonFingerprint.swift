/// Tells RSA keys of a broken chip library ("ROCA", CVE-2017-15361) from others.
///
/// Its primes are k · M + (65537^a mod M) with M a product of small primes, so that the modulus is
/// a power of 65537 modulo each of them. A random modulus passes all these tests once in 2^27.
enum InfineonFingerprint {
    private static let primes: [UInt32] = [
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
        101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
    ]

    /// Whether the big-endian modulus carries the mark.
    static func matches(_ modulus: [UInt8]) -> Bool {
        primes.allSatisfy { prime in
            let rest = modulus.reduce(UInt32(0)) { ($0 << 8 | UInt32($1)) % prime }
            return isPower(rest, of: 65_537 % prime, modulo: prime)
        }
    }

    private static func isPower(_ value: UInt32, of base: UInt32, modulo prime: UInt32) -> Bool {
        var power: UInt32 = 1
        for _ in 0..<prime {
            if power == value { return true }
            power = power * base % prime
        }
        return false
    }
}
