import GatehouseCore
import GatehouseHTTP
import Glibc

/// Keeps a body until it was read whole: the first mebibyte in memory, the rest in a file that has
/// no name and is gone with its last use, also when the process is killed.
final class BodySpool {
    private let folder: String
    private let bytesMax: Int
    private var memory: [UInt8] = []
    private var file: Int32 = -1
    /// How many bytes were kept.
    private(set) var count = 0

    /// Why a body could not be kept.
    enum Failure: Error, Equatable {
        /// It is over the limit.
        case tooLarge
        /// The disk takes no more, or the folder no file: an `errno`.
        case disk(Int32)
    }

    private static let memoryMax = 1 << 20
    /// `O_TMPFILE`, which the C library shows to GNU sources alone.
    private static let nameless = 0o20000000 | O_DIRECTORY

    init(folder: String, bytesMax: Int) {
        self.folder = folder
        self.bytesMax = bytesMax
    }

    deinit { if file >= 0 { close(file) } }

    /// Keeps more.
    func append(_ bytes: RawSpan) throws(Failure) {
        count += bytes.byteCount
        guard count <= bytesMax else { throw .tooLarge }
        if file < 0, memory.count + bytes.byteCount <= Self.memoryMax {
            memory.append(bytes)
            return
        }
        if file < 0 {
            file = unsafe open(folder, Self.nameless | O_RDWR | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw .disk(errno) }
        }
        guard write(bytes) else { throw .disk(errno) }
    }

    private func write(_ bytes: RawSpan) -> Bool {
        unsafe bytes.withUnsafeBytes { source in
            var offset = 0
            while offset < source.count {
                let written = unsafe Glibc.write(
                    file, source.baseAddress?.advanced(by: offset), source.count - offset)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return false }
                offset += written
            }
            return true
        }
    }

    /// The kept body, to be read once.
    func finish() -> any BodySource {
        guard file >= 0 else { return MemoryBody(memory) }
        let body = SpooledBody(memory, file)
        file = -1
        return body
    }
}

/// A body from memory, then from a file.
final class SpooledBody: BodySource {
    private let memory: MemoryBody
    private let file: Int32
    private var offset: off_t = 0

    init(_ memory: [UInt8], _ file: Int32) {
        self.memory = MemoryBody(memory)
        self.file = file
    }

    deinit { close(file) }

    var isReady: Bool { true }

    func read(into output: Buffer) async throws(BodyError) -> Bool {
        if try await memory.read(into: output) { return true }
        var piece = [UInt8](repeating: 0, count: min(output.free, 65_536))
        while true {
            let count = unsafe pread(file, &piece, piece.count, offset)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .disconnected }
            guard count > 0 else { return false }
            output.append(Array(piece[..<count]))
            offset += off_t(count)
            return true
        }
    }
}
