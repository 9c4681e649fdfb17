import COpenSSL
import GatehouseCore

/// One OpenSSL key. Immutable after it is made and counted by OpenSSL, hence used by many threads.
@safe final class KeyHandle: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer
    let kind: KeyKind

    /// Takes ownership; refuses kinds that are not supported.
    init(owning pointer: OpaquePointer?) throws(KeyError) {
        guard let pointer = unsafe pointer else {
            ERR_clear_error()
            throw .malformed("OpenSSL can't read it")
        }
        do throws(KeyError) { kind = try unsafe Self.kind(of: pointer) } catch {
            unsafe EVP_PKEY_free(pointer)
            throw error
        }
        unsafe self.pointer = pointer
    }

    deinit { unsafe EVP_PKEY_free(pointer) }

    private static func kind(of pointer: OpaquePointer) throws(KeyError) -> KeyKind {
        if unsafe EVP_PKEY_is_a(pointer, "ED25519") == 1 { return .ed25519 }
        if unsafe EVP_PKEY_is_a(pointer, "ED448") == 1 { return .ed448 }
        if unsafe EVP_PKEY_is_a(pointer, "RSA") == 1 { return .rsa }
        guard unsafe EVP_PKEY_is_a(pointer, "EC") == 1 else {
            throw .unsupported("neither RSA, EC nor Ed25519")
        }
        var name = [CChar](repeating: 0, count: 32)
        guard unsafe EVP_PKEY_get_group_name(pointer, &name, name.count, nil) == 1 else {
            throw .unsupported("a curve without a name")
        }
        let text = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        switch String(decoding: text, as: UTF8.self) {
        case "prime256v1", "P-256": return .p256
        case "secp384r1", "P-384": return .p384
        case "secp521r1", "P-521": return .p521
        default: throw .unsupported("a curve that is neither P-256, P-384 nor P-521")
        }
    }

    var bits: Int { unsafe Int(EVP_PKEY_get_bits(pointer)) }

    /// Whether the public part is a point of the curve that is not the neutral one.
    func hasValidPoint() -> Bool {
        guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, pointer, nil) else {
            return false
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        let isValid = unsafe EVP_PKEY_public_check_quick(context) == 1
        ERR_clear_error()
        return isValid
    }

    /// Big-endian bytes of an RSA number.
    func number(_ name: String) -> [UInt8] {
        var number: OpaquePointer?
        guard unsafe EVP_PKEY_get_bn_param(pointer, name, &number) == 1 else { return [] }
        defer { unsafe BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: unsafe Int(BN_num_bits(number) + 7) / 8)
        unsafe BN_bn2bin(number, &bytes)
        return bytes
    }

    /// The public point: 32 bytes for Ed25519, 57 for Ed448, 4 ‖ x ‖ y for EC.
    func encodedPoint() -> [UInt8] {
        if kind == .ed25519 || kind == .ed448 { return rawPoint() }
        var text: UnsafeMutablePointer<UInt8>?
        let count = unsafe EVP_PKEY_get1_encoded_public_key(pointer, &text)
        guard count > 0, let start = unsafe text else { return [] }
        defer { unsafe CRYPTO_free(start, "", 0) }
        return unsafe Array(UnsafeBufferPointer(start: start, count: count))
    }

    private func rawPoint() -> [UInt8] {
        let length = kind.coordinateBytes
        var bytes = [UInt8](repeating: 0, count: length)
        var count = length
        let code = unsafe EVP_PKEY_get_raw_public_key(pointer, &bytes, &count)
        return code == 1 && count == length ? bytes : []
    }
}
