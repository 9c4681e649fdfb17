import COpenSSL
public import GatehouseCore

/// A private key that signs: P-256 or Ed25519 of our own making, or any kind from a PEM text.
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

    /// Makes a key.
    /// - Throws: `KeyError.unsupported` for kinds other than `.p256` and `.ed25519`.
    public static func generate(_ kind: KeyKind) throws(KeyError) -> PrivateKey {
        let type: String
        switch kind {
        case .p256: type = "EC"
        case .ed25519: type = "ED25519"
        case .rsa, .p384, .p521: throw .unsupported("only P-256 and Ed25519 keys are made here")
        }
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, type, nil) else {
            throw .malformed("no memory")
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var pointer: OpaquePointer?
        let isMade =
            unsafe EVP_PKEY_keygen_init(context) == 1
            && (kind == .ed25519 || EVP_PKEY_CTX_set_group_name(context, "P-256") == 1)
            && EVP_PKEY_generate(context, &pointer) == 1
        guard isMade else { throw .malformed("no key could be made") }
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
