import COpenSSL
import GatehouseCore
import Glibc

/// Owns one certificate.
@safe final class X509Certificate: Sendable {
    @unsafe nonisolated(unsafe) let pointer: OpaquePointer

    /// Takes over a certificate that OpenSSL made.
    @unsafe init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

    deinit { unsafe X509_free(pointer) }

    /// Most certificates read from one file: a chain is three or four long.
    static let chainMax = 10

    /// Every certificate of a PEM text, in its order; nil where one is damaged or there are too
    /// many.
    static func read(pem: [UInt8]) -> [X509Certificate]? {
        let source = MemoryBIO(pem)
        var found: [X509Certificate] = []
        ERR_clear_error()
        while let next = unsafe PEM_read_bio_X509(source.pointer, nil, nil, nil) {
            unsafe found.append(X509Certificate(owning: next))
            if found.count > chainMax { return nil }
        }
        let end = OpenSSLFailure.take()
        let isAtEnd = end.library == ERR_LIB_PEM && end.reason == PEM_R_NO_START_LINE
        return isAtEnd ? found : nil
    }

    /// PEM text.
    var pem: [UInt8] {
        let target = MemoryBIO()
        unsafe _ = PEM_write_bio_X509(target.pointer, pointer)
        return target.bytes
    }

    /// Whether `issuer` is named as the issuer of this certificate; the signature is not checked.
    func names(issuer: X509Certificate) -> Bool {
        unsafe X509_check_issued(issuer.pointer, pointer) == X509_V_OK
    }

    /// Whether clients accept it for a server (basic constraints, key usage, extended key usage).
    var isForServers: Bool {
        unsafe X509_check_purpose(pointer, X509_PURPOSE_SSL_SERVER, 0) == 1
    }

    /// Strength of the signature in bits; SHA-1 and MD5 are below 112.
    var signatureBits: Int {
        var bits: Int32 = 0
        guard unsafe X509_get_signature_info(pointer, nil, nil, &bits, nil) == 1 else { return 0 }
        return Int(bits)
    }

    /// Checks this certificate for a server against one authority, at `now`: signature, dates,
    /// constraints. Nil when it holds, else OpenSSL's reason.
    func refusal(under authority: X509Certificate, now: WallTime) -> String? {
        guard let store = unsafe X509_STORE_new() else { return "out of memory" }
        defer { unsafe X509_STORE_free(store) }
        guard let check = unsafe X509_STORE_CTX_new() else { return "out of memory" }
        defer { unsafe X509_STORE_CTX_free(check) }
        guard unsafe X509_STORE_add_cert(store, authority.pointer) == 1,
            unsafe X509_STORE_CTX_init(check, store, pointer, nil) == 1,
            unsafe X509_STORE_CTX_set_purpose(check, X509_PURPOSE_SSL_SERVER) == 1
        else { return OpenSSLFailure.take().text }
        unsafe X509_STORE_CTX_set_time(check, 0, time_t(now.seconds))
        if unsafe X509_verify_cert(check) == 1 { return nil }
        ERR_clear_error()
        let code = unsafe X509_STORE_CTX_get_error(check)
        return unsafe String(cString: X509_verify_cert_error_string(Int(code)))
    }
}
