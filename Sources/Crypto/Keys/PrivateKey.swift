import COpenSSL
public import GatehouseCore

/// A private key that signs: of our own making, or from a PEM text.
public final class PrivateKey: Sendable {
    let handle: KeyHandle
    /// The public half.
    public let publicKey: PublicKey

    /// What kind of key it is.
    public var kind: KeyKind { handle.kind }

    private init(_ handle: KeyHandle) throws(KeyError) {
        self.handle = handle
        publicKey = try PublicKey(handle)
    }

    /// Bits of an RSA key that is made here (ASVS 11.2.3: 128 bits of strength).
    private static let rsaBits = 3_072

    /// Makes a key; RSA keys have 3072 bits.
    public static func generate(_ kind: KeyKind) throws(KeyError) -> PrivateKey {
        let (type, group): (String, String?) =
            switch kind {
            case .rsa: ("RSA", nil)
            case .p256: ("EC", "P-256")
            case .p384: ("EC", "P-384")
            case .p521: ("EC", "P-521")
            case .ed25519: ("ED25519", nil)
            case .ed448: ("ED448", nil)
            }
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, type, nil) else {
            throw .malformed("no memory")
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var pointer: OpaquePointer?
        var isReady = unsafe EVP_PKEY_keygen_init(context) == 1
        if let group {
            isReady = unsafe isReady && EVP_PKEY_CTX_set_group_name(context, group) == 1
        }
        if kind == .rsa {
            isReady =
                unsafe isReady && EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(rsaBits)) == 1
        }
        guard isReady, unsafe EVP_PKEY_generate(context, &pointer) == 1 else {
            throw .malformed("no key could be made")
        }
        return try PrivateKey(unsafe KeyHandle(owning: pointer))
    }

    /// Reads an unencrypted PEM text, PKCS#8 or the older forms.
    public convenience init(pem: RawSpan) throws(KeyError) {
        let text = String(lossy: pem)
        guard text.contains("PRIVATE KEY-----") else {
            throw .malformed("PEM with BEGIN PRIVATE KEY is expected")
        }
        guard !text.contains("ENCRYPTED") else { throw .unsupported("an encrypted private key") }
        let memory = try MemoryText(pem)
        try self.init(
            unsafe KeyHandle(owning: PEM_read_bio_PrivateKey(memory.handle, nil, nil, nil)))
    }

    /// The key as PKCS#8 in PEM (RFC 5958), unencrypted: for a file that its owner alone can read.
    public var pem: Redacted<[UInt8]> {
        guard let memory = try? MemoryText() else { return Redacted([]) }
        let code = unsafe PEM_write_bio_PKCS8PrivateKey(
            memory.handle, handle.pointer, nil, nil, 0, nil, nil)
        return Redacted(code == 1 ? memory.contents() : [])
    }
}
