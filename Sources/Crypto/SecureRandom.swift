import COpenSSL

/// Unpredictable bytes from OpenSSL's generator, which the kernel seeds.
public enum SecureRandom {
    /// `count` unpredictable bytes; for keys, secrets and serial numbers.
    public static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        fill(&bytes)
        return bytes
    }

    /// Overwrites all of `bytes`.
    public static func fill(_ bytes: inout [UInt8]) {
        unsafe bytes.withUnsafeMutableBytes { unsafe fill($0) }
    }

    /// Overwrites all of `words`.
    static func fill(_ words: inout [UInt64]) {
        unsafe words.withUnsafeMutableBytes { unsafe fill($0) }
    }

    /// A number that nobody can guess.
    public static func uint64() -> UInt64 {
        var value: UInt64 = 0
        unsafe withUnsafeMutableBytes(of: &value) { unsafe fill($0) }
        return value
    }

    /// A generator that fails has no safe answer: weak bytes would become keys. The process stops.
    private static func fill(_ target: UnsafeMutableRawBufferPointer) {
        guard let start = target.baseAddress, target.count > 0 else { return }
        let code = unsafe RAND_bytes(
            start.assumingMemoryBound(to: UInt8.self), Int32(target.count))
        precondition(code == 1, "the system's random generator failed")
    }
}

/// Overwrites secret bytes in a way that the compiler does not drop.
func wipe(_ bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { space in
        guard let start = space.baseAddress else { return }
        unsafe OPENSSL_cleanse(start, space.count)
    }
}
