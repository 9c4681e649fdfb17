import COpenSSL
import GatehouseCore

/// HMAC (RFC 2104) with a key that is set up once and used for many messages.
///
/// Setting up a key costs four times what a short message costs. One context per event loop: not
/// `Sendable`, since OpenSSL keeps the running state in it.
@safe public final class HMACContext {
    private let handle: OpaquePointer
    private var tag: [UInt8] = []
    /// Bytes of a tag.
    public let byteCount: Int

    /// Sets up `key`.
    public init(_ key: HMACKey) {
        byteCount = key.algorithm.byteCount
        guard let handle = unsafe EVP_MAC_CTX_new(FetchedHMAC.shared.handle) else {
            preconditionFailure("no memory for a MAC")
        }
        unsafe self.handle = handle
        tag.resize(to: byteCount)
        let secret = key.secret.dangerouslyRevealed
        let code = unsafe Self.arm(handle, secret: secret.raw, hash: key.algorithm)
        precondition(code == 1, "HMAC refused a key")
    }

    deinit { unsafe EVP_MAC_CTX_free(handle) }

    private static func arm(
        _ handle: OpaquePointer, secret: RawSpan, hash: HashAlgorithm
    ) -> Int32 {
        var name = Array("\(hash.name)".utf8CString)
        return unsafe name.withUnsafeMutableBufferPointer { name in
            var parameters = unsafe [
                OSSL_PARAM_construct_utf8_string("digest", name.baseAddress, 0),
                OSSL_PARAM_construct_end(),
            ]
            return unsafe secret.withUnsafeOctets { secret, count in
                unsafe EVP_MAC_init(handle, secret, count, &parameters)
            }
        }
    }

    /// Whether `tag` authenticates `message`; constant time over the tag.
    public func verify(_ message: RawSpan, tag candidate: RawSpan) -> Bool {
        compute(message)
        let tag = tag
        return ConstantTime.equal(tag.raw, candidate)
    }

    /// The tag of `message`.
    public func authenticate(_ message: RawSpan) -> [UInt8] {
        compute(message)
        return tag
    }

    private func compute(_ message: RawSpan) {
        var written = 0
        let isDone = unsafe message.withUnsafeOctets { bytes, count in
            // Without a key: starts over with the one that is set.
            unsafe EVP_MAC_init(handle, nil, 0, nil) == 1
                && EVP_MAC_update(handle, bytes, count) == 1
        }
        let code = unsafe tag.withUnsafeMutableBufferPointer { output in
            unsafe EVP_MAC_final(handle, output.baseAddress, &written, output.count)
        }
        precondition(isDone && code == 1 && written == byteCount, "HMAC failed")
    }
}

/// The implementation, fetched once; immutable, hence shared between threads.
@safe private struct FetchedHMAC: Sendable {
    nonisolated(unsafe) let handle: OpaquePointer

    private init() {
        guard let handle = unsafe EVP_MAC_fetch(nil, "HMAC", nil) else {
            preconditionFailure("OpenSSL has no HMAC")
        }
        unsafe self.handle = handle
    }

    static let shared = FetchedHMAC()
}
