import COpenSSL
import GatehouseCore

/// Comparisons whose duration tells nothing about the bytes.
public enum ConstantTime {
    /// Whether two secrets are equal; takes as long for every content. Lengths are no secret.
    public static func equal(_ left: RawSpan, _ right: RawSpan) -> Bool {
        guard left.byteCount == right.byteCount else { return false }
        if left.byteCount == 0 { return true }
        return unsafe left.withUnsafeBytes { left in
            unsafe right.withUnsafeBytes { right in
                guard let first = left.baseAddress, let second = right.baseAddress else {
                    return false
                }
                return unsafe CRYPTO_memcmp(first, second, left.count) == 0
            }
        }
    }
}
