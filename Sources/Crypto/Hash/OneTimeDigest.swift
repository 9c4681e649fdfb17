import COpenSSL

/// SHA-1 where a format of others demands it: lists of leaked passwords name them by it.
public enum OneTimeDigest {
    /// The 20 bytes of SHA-1.
    public static func sha1(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 20)
        let code = unsafe EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha1(), nil)
        precondition(code == 1, "hashing failed")
        return digest
    }
}
