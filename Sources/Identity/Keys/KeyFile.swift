import GatehouseCore
import Glibc

/// The file of a key ring, replaced whole. Several processes of one machine may share it.
struct KeyFile: KeyRingStorage {
    let path: String
    /// Of one machine: whoever reads next sees it.
    let delay = Duration.zero
    var name: String { path }

    private static let bytesMax = 1 << 20

    func change(
        _ body: ([UInt8]?) throws(ConfigurationError) -> [UInt8]?
    ) throws(ConfigurationError) {
        let file = unsafe open(path + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("its lock cannot be opened") }
        defer { close(file) }
        guard flock(file, LOCK_EX) == 0 else { throw failure("cannot be locked") }
        if let bytes = try body(try read()) { try put(bytes) }
    }

    private func failure(_ what: String) -> ConfigurationError {
        .invalid(path, "\(what): \(unsafe String(cString: strerror(errno)))")
    }

    func read() throws(ConfigurationError) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        if file < 0, errno == ENOENT { return nil }
        guard file >= 0 else { throw failure("cannot be opened") }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .invalid(path, "is no regular file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw .invalid(path, "can be read or written by others; run: chmod 600 \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
        let count = unsafe Glibc.read(file, &bytes, bytes.count)
        guard count > 0 else { throw failure("cannot be read") }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Replaces the file whole: whoever reads sees the old keys or the new ones.
    private func put(_ bytes: [UInt8]) throws(ConfigurationError) {
        let temporary = "\(path).\(getpid()).new"
        unsafe unlink(temporary)
        let file = unsafe open(
            temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("cannot be made") }
        let isWritten =
            unsafe Glibc.write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        close(file)
        guard isWritten, unsafe rename(temporary, path) == 0 else {
            let failure = failure("cannot be written")
            unsafe unlink(temporary)
            throw failure
        }
    }
}
