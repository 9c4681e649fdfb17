import COpenSSL

/// A protocol version that Gatehouse speaks; older ones do not exist here (RFC 8996).
public enum TLSVersion: String, Sendable, CaseIterable, CustomStringConvertible {
    /// RFC 5246, with ECDHE and AEAD suites only.
    case tls12 = "1.2"
    /// RFC 8446.
    case tls13 = "1.3"

    /// `TLSv1.2` or `TLSv1.3`.
    public var description: String { "TLSv" + rawValue }

    /// OpenSSL's number.
    var number: Int32 {
        switch self {
        case .tls12: TLS1_2_VERSION
        case .tls13: TLS1_3_VERSION
        }
    }
}
