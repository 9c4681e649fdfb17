import COpenSSL
import GatehouseCore

/// The SHA-2 hashes that tokens and MACs use (FIPS 180-4).
public enum HashAlgorithm: Sendable, CaseIterable {
    /// SHA-256.
    case sha256
    /// SHA-384.
    case sha384
    /// SHA-512.
    case sha512

    /// Bytes of a digest.
    public var byteCount: Int {
        switch self {
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    /// The digest of `bytes`.
    public func hash(_ bytes: RawSpan) -> [UInt8] {
        var digest: [UInt8] = []
        hash(bytes, into: &digest)
        return digest
    }

    /// Replaces `digest` by the digest of `bytes`, keeping its memory.
    public func hash(_ bytes: RawSpan, into digest: inout [UInt8]) {
        digest.resize(to: byteCount)
        let code = unsafe digest.withUnsafeMutableBufferPointer { output in
            unsafe bytes.withUnsafeOctets { input, count in
                unsafe EVP_Digest(input, count, output.baseAddress, nil, handle, nil)
            }
        }
        // Without memory for a hash context nothing here can be decided: stop, don't guess.
        precondition(code == 1, "hashing failed")
    }

    /// OpenSSL's implementation.
    var handle: OpaquePointer {
        switch self {
        case .sha256: unsafe FetchedHash.sha256.handle
        case .sha384: unsafe FetchedHash.sha384.handle
        case .sha512: unsafe FetchedHash.sha512.handle
        }
    }

    /// OpenSSL's name.
    var name: StaticString {
        switch self {
        case .sha256: "SHA256"
        case .sha384: "SHA384"
        case .sha512: "SHA512"
        }
    }
}

/// A hash implementation fetched once: fetching by name for each use takes locks and half a
/// microsecond. Immutable and counted by OpenSSL, hence shared between threads.
@safe private struct FetchedHash: Sendable {
    nonisolated(unsafe) let handle: OpaquePointer

    private init(_ name: String) {
        guard let handle = unsafe EVP_MD_fetch(nil, name, nil) else {
            preconditionFailure("OpenSSL has no \(name)")
        }
        unsafe self.handle = handle
    }

    static let sha256 = FetchedHash("SHA256")
    static let sha384 = FetchedHash("SHA384")
    static let sha512 = FetchedHash("SHA512")
}
