import COpenSSL
public import GatehouseCore
import Glibc

/// What a certificate says, read once.
public struct CertificateFacts: Equatable, Sendable {
    /// Start of its validity.
    public let notBefore: WallTime
    /// End of its validity.
    public let notAfter: WallTime
    /// Host names in lower case, wildcards included, from the subject alternative names alone: no
    /// client reads the common name any more (RFC 9525).
    public let names: [String]
    /// IP addresses from the subject alternative names.
    public let addresses: [String]
    /// Whom it names, as RFC 2253 text.
    public let subject: String
    /// Who signed it, as RFC 2253 text.
    public let issuer: String
    /// SHA-256 of the whole certificate, in lower-case hexadecimal.
    public let fingerprint: String
    /// Whether it names itself as its issuer.
    public let isSelfSigned: Bool
    /// Whether it may sign other certificates.
    public let isAuthority: Bool
}

extension CertificateFacts {
    /// Reads a certificate.
    init(_ certificate: X509Certificate) {
        let pointer = unsafe certificate.pointer
        notBefore = unsafe Self.moment(X509_get0_notBefore(pointer))
        notAfter = unsafe Self.moment(X509_get0_notAfter(pointer))
        subject = unsafe Self.text(of: X509_get_subject_name(pointer))
        issuer = unsafe Self.text(of: X509_get_issuer_name(pointer))
        fingerprint = unsafe Self.fingerprint(of: pointer)
        isSelfSigned = unsafe X509_self_signed(pointer, 0) == 1
        isAuthority = unsafe X509_check_ca(pointer) == 1
        (names, addresses) = unsafe Self.alternativeNames(of: pointer)
    }

    private static func moment(_ time: UnsafePointer<ASN1_TIME>?) -> WallTime {
        var fields = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(time, &fields) == 1 else { return WallTime(seconds: 0) }
        return unsafe WallTime(seconds: Int64(timegm(&fields)))
    }

    private static func text(of name: OpaquePointer?) -> String {
        let target = MemoryBIO()
        unsafe _ = gh_X509_NAME_print(target.pointer, name)
        return String(decoding: target.bytes, as: UTF8.self)
    }

    private static func fingerprint(of pointer: OpaquePointer) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        unsafe _ = X509_digest(pointer, EVP_sha256(), &digest, &count)
        let digits = Array("0123456789abcdef")
        return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// Most names read from one certificate.
    private static let namesMax = 1_000

    private static func alternativeNames(of pointer: OpaquePointer) -> ([String], [String]) {
        var names: [String] = []
        var addresses: [String] = []
        guard let data = unsafe X509_get_ext_d2i(pointer, NID_subject_alt_name, nil, nil) else {
            return ([], [])
        }
        let list = OpaquePointer(data)
        defer { unsafe GENERAL_NAMES_free(list) }
        let count = unsafe min(gh_sk_GENERAL_NAME_num(list), Int32(namesMax))
        for index in 0..<count {
            var kind: Int32 = 0
            let item = unsafe gh_sk_GENERAL_NAME_value(list, index)
            let value = unsafe GENERAL_NAME_get0_value(item, &kind)
            guard kind == GEN_DNS || kind == GEN_IPADD, let value = unsafe value else { continue }
            let bytes = unsafe bytes(of: value.assumingMemoryBound(to: ASN1_STRING.self))
            if kind == GEN_DNS {
                names.append(String(decoding: bytes, as: UTF8.self).lowercased())
            } else if let address = CertificateName.spelling(bytes) {
                addresses.append(address)
            }
        }
        return (names, addresses)
    }

    private static func bytes(of string: UnsafePointer<ASN1_STRING>) -> [UInt8] {
        guard let start = unsafe ASN1_STRING_get0_data(string) else { return [] }
        let count = unsafe Int(ASN1_STRING_length(string))
        return unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    }
}
