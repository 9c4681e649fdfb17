import COpenSSL
import GatehouseCore
import Glibc

/// A certificate in the making.
@safe struct CertificateDraft: ~Copyable {
    private let pointer: OpaquePointer
    private let subjectKey: CertificateKey
    private let issuer: X509Certificate?

    /// Version 3, a random serial of 127 bits, and the dates; the issuer's name is copied from
    /// `issuer`, or is the subject's own when nil.
    init(
        subject: String, key: CertificateKey, issuer: X509Certificate?,
        notBefore: WallTime, notAfter: WallTime
    ) {
        guard let pointer = unsafe X509_new() else { fatalError("out of memory") }
        unsafe self.pointer = pointer
        subjectKey = key
        self.issuer = issuer
        unsafe require(X509_set_version(pointer, 2))
        setSerial()
        let name = unsafe X509_get_subject_name(pointer)
        unsafe require(
            X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, subject, -1, -1, 0))
        let issuerName = unsafe issuer.map { unsafe X509_get_subject_name($0.pointer) } ?? name
        unsafe require(X509_set_issuer_name(pointer, issuerName))
        let start = unsafe ASN1_TIME_set(nil, time_t(notBefore.seconds))
        let end = unsafe ASN1_TIME_set(nil, time_t(notAfter.seconds))
        defer {
            unsafe ASN1_TIME_free(start)
            unsafe ASN1_TIME_free(end)
        }
        unsafe require(X509_set1_notBefore(pointer, start))
        unsafe require(X509_set1_notAfter(pointer, end))
        unsafe require(X509_set_pubkey(pointer, key.pointer))
    }

    deinit { unsafe X509_free(pointer) }

    /// Unpredictable (CA/Browser Forum, section 7.1), positive and of fixed length.
    private func setSerial() {
        var bytes = SecureRandom.bytes(16)
        bytes[0] = bytes[0] & 0x7F | 0x40
        guard let number = unsafe BN_bin2bn(bytes, Int32(bytes.count), nil) else {
            fatalError("out of memory")
        }
        defer { unsafe BN_free(number) }
        guard unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(pointer)) != nil else {
            fatalError("out of memory")
        }
    }

    /// Adds an extension in OpenSSL's text form; `value` holds fixed words and checked names only.
    func add(_ extensionNumber: Int32, _ value: String) {
        var context = unsafe X509V3_CTX()
        unsafe gh_X509V3_set_ctx(&context, issuer?.pointer ?? pointer, pointer)
        guard let item = unsafe X509V3_EXT_conf_nid(nil, &context, extensionNumber, value) else {
            fatalError("extension \(value): \(OpenSSLFailure.take().text)")
        }
        defer { unsafe X509_EXTENSION_free(item) }
        unsafe require(X509_add_ext(pointer, item, -1))
    }

    /// Signs with `key` (ECDSA, SHA-256) and gives the finished certificate.
    consuming func signed(by key: CertificateKey) -> X509Certificate {
        guard unsafe X509_sign(pointer, key.pointer, EVP_sha256()) > 0,
            unsafe X509_up_ref(pointer) == 1
        else { fatalError("signing: \(OpenSSLFailure.take().text)") }
        return unsafe X509Certificate(owning: pointer)
    }

    /// All inputs are ours and checked: only exhausted memory can end up here.
    private func require(_ code: Int32) {
        precondition(code == 1, "OpenSSL refused a certificate's part")
    }
}
