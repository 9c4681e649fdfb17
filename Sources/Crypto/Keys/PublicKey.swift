import COpenSSL
import GatehouseCore

/// A public key that checks signatures: RSA, P-256, P-384, P-521, Ed25519 or Ed448.
public final class PublicKey: Sendable {
    let handle: KeyHandle

    /// Sizes of RSA keys: below, factoring is in reach; above, one signature costs too much time.
    static let rsaBits = 2_048...8_192

    /// What kind of key it is.
    public var kind: KeyKind { handle.kind }
    /// Bits of an RSA modulus, or of the curve.
    public var bits: Int { handle.bits }

    init(_ handle: KeyHandle) throws(KeyError) {
        self.handle = handle
        switch handle.kind {
        case .rsa: try checkRSA()
        case .p256, .p384, .p521:
            guard handle.hasValidPoint() else { throw .weak("not a point of its curve") }
        case .ed25519, .ed448:
            guard !Self.isSmallOrder(handle.encodedPoint()) else {
                throw .weak("a point of small order: one signature would fit every message")
            }
        }
    }

    /// Reads a PEM text that holds `BEGIN PUBLIC KEY` (RFC 7468 section 13).
    /// - Throws: `KeyError.isPrivate` for a private key: a verifier must not hold one.
    public convenience init(pem: RawSpan) throws(KeyError) {
        let text = String(lossy: pem)
        if text.contains("PRIVATE KEY-----") { throw .isPrivate }
        guard text.contains("-----BEGIN PUBLIC KEY-----") else {
            throw .malformed("PEM with BEGIN PUBLIC KEY is expected")
        }
        let memory = try MemoryText(pem)
        try self.init(
            unsafe KeyHandle(owning: PEM_read_bio_PUBKEY(memory.handle, nil, nil, nil)))
    }

    /// Reads a SubjectPublicKeyInfo in DER (RFC 5280 section 4.1.2.7).
    public convenience init(der: RawSpan) throws(KeyError) {
        let count = der.byteCount
        let (pointer, used) = unsafe der.withUnsafeOctets { start, count in
            var cursor: UnsafePointer<UInt8>? = unsafe start
            let key = unsafe d2i_PUBKEY(nil, &cursor, count)
            return unsafe (key, (cursor ?? start) - start)
        }
        let handle = try unsafe KeyHandle(owning: pointer)
        guard used == count else { throw .malformed("bytes behind the key") }
        try self.init(handle)
    }

    /// An RSA key by modulus and exponent, big-endian.
    public convenience init(rsaModulus modulus: RawSpan, exponent: RawSpan) throws(KeyError) {
        guard modulus.byteCount <= Self.rsaBits.upperBound / 8, exponent.byteCount <= 8 else {
            throw .tooLong(bits: modulus.byteCount * 8, bitsMax: Self.rsaBits.upperBound)
        }
        let key = DER.sequence(DER.unsigned(modulus) + DER.unsigned(exponent))
        let der = DER.sequence(DER.rsaEncryption + DER.bitString(key))
        try self.init(der: der.raw)
    }

    /// A key on a NIST curve by its coordinates, each of exactly the curve's length.
    public convenience init(curve: KeyKind, x: RawSpan, y: RawSpan) throws(KeyError) {
        let length = curve.coordinateBytes
        guard let identifier = DER.curve(curve) else { throw .unsupported("not a NIST curve") }
        guard x.byteCount == length, y.byteCount == length else {
            throw .malformed("coordinates of \(length) bytes are expected")
        }
        var point: [UInt8] = [4]
        point.append(x)
        point.append(y)
        let der = DER.sequence(identifier + DER.bitString(point))
        try self.init(der: der.raw)
    }

    /// An Ed25519 key by its 32 bytes (RFC 8032 section 5.1.5).
    public convenience init(ed25519 bytes: RawSpan) throws(KeyError) {
        guard bytes.byteCount == 32 else { throw .malformed("32 bytes are expected") }
        let pointer = unsafe bytes.withUnsafeOctets { start, count in
            unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, start, count)
        }
        try self.init(unsafe KeyHandle(owning: pointer))
    }

    /// An Ed448 key by its 57 bytes (RFC 8032 section 5.2.5).
    public convenience init(ed448 bytes: RawSpan) throws(KeyError) {
        guard bytes.byteCount == 57 else { throw .malformed("57 bytes are expected") }
        let pointer = unsafe bytes.withUnsafeOctets { start, count in
            unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED448, nil, start, count)
        }
        try self.init(unsafe KeyHandle(owning: pointer))
    }

    private func checkRSA() throws(KeyError) {
        guard bits >= Self.rsaBits.lowerBound else {
            throw .tooShort(bits: bits, bitsMin: Self.rsaBits.lowerBound)
        }
        guard bits <= Self.rsaBits.upperBound else {
            throw .tooLong(bits: bits, bitsMax: Self.rsaBits.upperBound)
        }
        let modulus = handle.number("n")
        let exponent = handle.number("e")
        guard let last = exponent.last, last & 1 == 1, exponent != [1] else {
            throw .weak("an exponent that is 1 or even")
        }
        guard exponent.count <= 8 else { throw .weak("an exponent of more than 64 bits") }
        guard let end = modulus.last, end & 1 == 1 else { throw .weak("an even modulus") }
        guard !InfineonFingerprint.matches(modulus) else {
            throw .weak("made by a chip whose keys can be factored (CVE-2017-15361)")
        }
    }

    /// The public numbers: x and y of a NIST curve, x alone of Ed25519 and Ed448, modulus and
    /// exponent of RSA.
    public var numbers: (first: [UInt8], second: [UInt8]) {
        if kind == .rsa { return (handle.number("n"), handle.number("e")) }
        let point = handle.encodedPoint()
        let length = kind.coordinateBytes
        if kind == .ed25519 || kind == .ed448 { return (point, []) }
        guard point.count == 1 + 2 * length else { return ([], []) }
        return (Array(point[1...length]), Array(point[(length + 1)...]))
    }
}
