import COpenSSL
import GatehouseCore

extension PrivateKey {
    /// The signature of `message`, in the form that JWS wants (ECDSA: r ‖ s).
    /// - Throws: `KeyError.mismatch` if the algorithm does not fit the key.
    public func sign(
        _ message: RawSpan, algorithm: SignatureAlgorithm
    ) throws(KeyError) -> [UInt8] {
        guard algorithm.keyKind == kind else {
            throw .mismatch("\(algorithm.rawValue) with another kind of key")
        }
        let signature = try makeSignature(message, algorithm)
        let length = kind.coordinateBytes
        guard kind != .rsa, kind != .ed25519, kind != .ed448 else { return signature }
        guard let raw = ECDSAEncoding.decode(signature.raw, coordinateBytes: length) else {
            throw .malformed("OpenSSL wrote no ECDSA signature")
        }
        return raw
    }

    private func makeSignature(
        _ message: RawSpan, _ algorithm: SignatureAlgorithm
    ) throws(KeyError) -> [UInt8] {
        guard var context = DigestContext() else { throw .malformed("no memory") }
        let isReady = unsafe context.begin { context, key in
            unsafe EVP_DigestSignInit(context, key, algorithm.hash?.handle, nil, handle.pointer)
        }
        guard isReady, context.setPadding(algorithm) else {
            throw .mismatch("OpenSSL refuses the key")
        }
        var signature = [UInt8](
            repeating: 0, count: unsafe Int(EVP_PKEY_get_size(handle.pointer)))
        var count = signature.count
        let code = unsafe message.withUnsafeOctets { message, messageCount in
            unsafe EVP_DigestSign(context.pointer, &signature, &count, message, messageCount)
        }
        guard code == 1 else {
            ERR_clear_error()
            throw .malformed("signing failed")
        }
        return Array(signature.prefix(count))
    }
}
