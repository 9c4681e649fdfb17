import COpenSSL

/// What OpenSSL put on this thread's error queue; reading it empties the queue.
struct OpenSSLFailure {
    /// `ERR_LIB_…` of the most telling entry, 0 when the queue was empty.
    let library: Int32
    /// `…_R_…` within the library.
    let reason: Int32
    /// OpenSSL's fixed text for the reason: it never holds foreign bytes.
    let text: String

    /// Takes the whole queue: the first entry of the TLS library, else the first of all.
    static func take() -> OpenSSLFailure {
        var chosen: UInt = 0
        while true {
            let code = ERR_get_error()
            if code == 0 { break }
            let isFirstOfTLS =
                ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_LIB(chosen) != ERR_LIB_SSL
            if chosen == 0 || isFirstOfTLS { chosen = code }
        }
        return OpenSSLFailure(code: chosen)
    }

    private init(code: UInt) {
        library = ERR_GET_LIB(code)
        reason = ERR_GET_REASON(code)
        let reasonText = unsafe ERR_reason_error_string(code)
        if let reasonText = unsafe reasonText {
            text = unsafe String(cString: reasonText)
        } else {
            text = code == 0 ? "no reason given" : "reason \(ERR_GET_REASON(code))"
        }
    }
}

extension TLSError {
    /// Reads the error queue after a failed call; `verification` is OpenSSL's verdict about the
    /// peer.
    init(_ failure: OpenSSLFailure, verification: Int) {
        guard failure.library == ERR_LIB_SSL else {
            self = .protocolViolation(failure.text)
            return
        }
        switch failure.reason {
        case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST:
            self = .plainHTTP
        case SSL_R_WRONG_VERSION_NUMBER:
            self = .notTLS
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_WRONG_SSL_VERSION,
            SSL_R_NO_PROTOCOLS_AVAILABLE:
            self = .unsupportedVersion
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SHARED_GROUPS, SSL_R_NO_SUITABLE_KEY_SHARE,
            SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS,
            SSL_R_NO_SUITABLE_GROUPS:
            self = .nothingShared(failure.text)
        case SSL_R_NO_APPLICATION_PROTOCOL:
            self = .noApplicationProtocol
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
            let why = unsafe String(cString: X509_verify_cert_error_string(verification))
            self = .untrustedCertificate(why)
        case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
            self = .forgedRecord
        case SSL_AD_REASON_OFFSET...(SSL_AD_REASON_OFFSET + 255):
            let code = failure.reason - SSL_AD_REASON_OFFSET
            let name = unsafe String(cString: SSL_alert_desc_string_long(code))
            self = .alert(code: UInt8(truncatingIfNeeded: code), name)
        default:
            self = .protocolViolation(failure.text)
        }
    }
}
