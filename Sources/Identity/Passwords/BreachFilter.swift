import GatehouseCore
import GatehouseCrypto
import Glibc

/// Passwords known from leaks, as a Bloom filter that holds no password and is looked up offline:
/// 14.4 bits an entry for one false alarm in a thousand.
///
/// A password that leaked is always found; one that did not is taken for leaked with the stated
/// probability (default one in a thousand). The file is mapped, not read.
package final class BreachFilter: Sendable {
    /// Why a filter file or a list was refused.
    package struct Refused: Error, Sendable, CustomStringConvertible {
        /// File, line and reason.
        package let description: String
    }

    /// `GHBREACH`, version, hashes per entry, then bits and entries as little-endian words.
    static let magic = Array("GHBREACH".utf8)
    static let headerBytes = 32
    private static let bytesMax = 8 << 30

    private let map: Mapping
    private let hashes: Int
    private let bits: UInt64
    /// How many passwords it was made of.
    package let count: UInt64

    /// Maps a file that `BreachFilterWriter` made.
    package init(file path: String) throws(Refused) {
        guard let map = Mapping(path, bytesMax: Self.bytesMax), map.count > Self.headerBytes else {
            throw Refused(description: "\(path): cannot be read, or is no breach filter")
        }
        let header = map.bytes(0, Self.headerBytes)
        guard Array(header.prefix(8)) == Self.magic, header[8] == 1 else {
            throw Refused(description: "\(path): no breach filter of this version")
        }
        hashes = Int(header[9])
        bits = Self.word(header, 16)
        count = Self.word(header, 24)
        guard (1...32).contains(hashes), bits > 0, bits <= UInt64(Self.bytesMax) * 8,
            map.count == Self.headerBytes + Int((bits + 7) / 8)
        else { throw Refused(description: "\(path): the breach filter is cut short or damaged") }
        self.map = map
    }

    static func word(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
    }

    /// Whether the password is among those that leaked.
    package func contains(_ password: [UInt8]) -> Bool {
        contains(digest: OneTimeDigest.sha1(password))
    }

    func contains(digest: [UInt8]) -> Bool {
        for index in Self.places(digest, hashes: hashes, bits: bits) {
            let byte = map.byte(Self.headerBytes + Int(index >> 3))
            if byte & (1 << UInt8(index & 7)) == 0 { return false }
        }
        return true
    }

    /// Double hashing over the two halves of SHA-1's first 16 bytes, which are as good as random.
    static func places(_ digest: [UInt8], hashes: Int, bits: UInt64) -> [UInt64] {
        let first = word(digest, 0)
        let second = word(digest, 8) | 1
        return (0..<UInt64(hashes)).map { (first &+ $0 &* second) % bits }
    }
}

/// A file mapped read-only.
@safe private final class Mapping: Sendable {
    nonisolated(unsafe) private let start: UnsafeRawPointer
    let count: Int

    init?(_ path: String, bytesMax: Int) {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size > 0, status.st_size <= bytesMax
        else { return nil }
        let address = unsafe mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, file, 0)
        guard unsafe address != MAP_FAILED, let address = unsafe address else { return nil }
        unsafe start = UnsafeRawPointer(address)
        count = Int(status.st_size)
    }

    deinit { unsafe munmap(UnsafeMutableRawPointer(mutating: start), count) }

    func byte(_ offset: Int) -> UInt8 {
        precondition(offset < count)
        return unsafe start.load(fromByteOffset: offset, as: UInt8.self)
    }

    func bytes(_ offset: Int, _ length: Int) -> [UInt8] {
        (offset..<offset + length).map { byte($0) }
    }
}
