import GatehouseCore
import Glibc
import Synchronization

/// Writes to a file, a pipe or a terminal with write(2), and never waits there.
final class FileOutput: LogOutput {
    private struct Files {
        var current: LogFile
        var reopened: LogFile?
    }

    /// POSIX promises that so many bytes go into a pipe unmixed with other processes' bytes, and
    /// that a pipe which polls writable takes them at once.
    static let pipeChunk = 4_096
    /// Most bytes of one write to a file, so that a slow disk can't hold a stop up for long.
    static let fileChunk = 262_144

    private let files: Mutex<Files>
    /// The name to open again; nil for a borrowed descriptor.
    private let path: String?

    init(descriptor: Int32) {
        files = Mutex(Files(current: LogFile(borrowing: descriptor)))
        path = nil
    }

    init(path: String) throws(LogFileError) {
        files = Mutex(Files(current: try LogFile(path: path)))
        self.path = path
    }

    func reopen() throws(LogFileError) {
        guard let path else { return }
        let file = try LogFile(path: path)
        files.withLock { $0.reopened = file }
    }

    func adoptReopened() -> Bool {
        files.withLock { files in
            guard let next = files.reopened else { return false }
            files.current = next
            files.reopened = nil
            return true
        }
    }

    func write(_ bytes: RawSpan) -> WriteOutcome {
        let file = files.withLock(\.current)
        guard file.isRegular || isWritable(file.descriptor) else {
            return .notReady(file.descriptor)
        }
        let length = file.isRegular ? min(bytes.byteCount, Self.fileChunk) : wholeLines(bytes)
        while true {
            let written = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(file.descriptor, $0.baseAddress, length)
            }
            if written > 0 { return .wrote(written) }
            let number = written == 0 ? ENOSPC : errno
            if number == EAGAIN { return .notReady(file.descriptor) }
            if number != EINTR { return .failed(number) }
        }
    }

    private func isWritable(_ descriptor: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&request, 1, 0) != 0
    }

    /// How much of `bytes` fits one chunk, ending with a line if any does.
    private func wholeLines(_ bytes: RawSpan) -> Int {
        guard bytes.byteCount > Self.pipeChunk else { return bytes.byteCount }
        var length = Self.pipeChunk
        while length > 0, bytes.byte(length - 1) != 0x0A { length -= 1 }
        return length > 0 ? length : Self.pipeChunk
    }
}
