/// Why a TLS connection failed. The text is for the log; the peer gets no more than an alert.
public enum TLSError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A client spoke plain HTTP to a TLS port.
    case plainHTTP
    /// The first bytes were no TLS record.
    case notTLS
    /// The peer offers no protocol version that we allow.
    case unsupportedVersion
    /// The peer offers no cipher suite, group or signature algorithm that we allow.
    case nothingShared(String)
    /// The peer offers application protocols, and `http/1.1` is not among them (RFC 7301).
    case noApplicationProtocol
    /// The peer's certificate was refused; why.
    case untrustedCertificate(String)
    /// The peer ended the connection with this alert (RFC 8446 section 6).
    case alert(code: UInt8, String)
    /// A record did not decrypt: damaged or forged.
    case forgedRecord
    /// The peer broke the protocol; how.
    case protocolViolation(String)
    /// Our own side failed: out of memory, or called out of turn.
    case internalFailure(String)

    /// What happened, for the log.
    public var description: String {
        switch self {
        case .plainHTTP: "plain HTTP on a TLS port"
        case .notTLS: "not a TLS record"
        case .unsupportedVersion: "no shared protocol version"
        case .nothingShared(let what): what
        case .noApplicationProtocol: "no shared application protocol"
        case .untrustedCertificate(let why): "certificate refused: \(why)"
        case .alert(let code, let name): "alert \(code) from the peer: \(name)"
        case .forgedRecord: "record failed authentication"
        case .protocolViolation(let what): "protocol violation: \(what)"
        case .internalFailure(let what): "internal failure: \(what)"
        }
    }

    /// A name for counting: one of a fixed set.
    public var label: StaticString {
        switch self {
        case .plainHTTP: "plain-http"
        case .notTLS: "not-tls"
        case .unsupportedVersion: "unsupported-version"
        case .nothingShared: "nothing-shared"
        case .noApplicationProtocol: "no-application-protocol"
        case .untrustedCertificate: "untrusted-certificate"
        case .alert: "alert"
        case .forgedRecord: "forged-record"
        case .protocolViolation: "protocol-violation"
        case .internalFailure: "internal-failure"
        }
    }
}
