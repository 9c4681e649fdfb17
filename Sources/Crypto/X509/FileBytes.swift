import GatehouseCore
import Glibc

/// Files of keys and certificates: read with a bound and a look at who else may read them, written
/// whole or not at all.
enum FileBytes {
    /// Most bytes of a certificate or key file.
    private static let bytesMax = 1 << 20

    /// The content of a regular file.
    static func read(_ path: String) throws(ConfigurationError) -> [UInt8] {
        let file = try Descriptor(path, O_RDONLY | O_NONBLOCK)
        return try content(of: file, path)
    }

    /// The content of a file that its owner alone may read.
    static func readPrivate(_ path: String) throws(ConfigurationError) -> [UInt8] {
        let file = try Descriptor(path, O_RDONLY | O_NONBLOCK)
        let mode = try file.status(path).st_mode & 0o7777
        guard mode & 0o077 == 0 else {
            throw .invalid(
                path,
                "can be read by others (mode \(String(mode, radix: 8))); close it with: "
                    + "chmod 600 \(path)")
        }
        return try content(of: file, path)
    }

    private static func content(
        of file: Descriptor, _ path: String
    ) throws(ConfigurationError) -> [UInt8] {
        let status = try file.status(path)
        guard status.st_mode & S_IFMT == S_IFREG else { throw .invalid(path, "is no regular file") }
        guard status.st_size <= bytesMax else { throw .invalid(path, "is larger than 1 MiB") }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes { space in
                unsafe Glibc.read(file.number, space.baseAddress! + filled, space.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .invalid(path, "cannot be read: \(errorText())") }
            if count == 0 { break }
            filled += count
        }
        bytes.removeSubrange(filled...)
        return bytes
    }

    /// Writes a file so that a reader, or a crash, meets the old content or the new, never half;
    /// the caller holds the folder's lock.
    /// - Parameter replacing: whether a file that is there already may go; if not, it stays and
    /// this
    ///   throws.
    static func write(
        _ bytes: [UInt8], to path: String, mode: mode_t, replacing: Bool
    ) throws(ConfigurationError) {
        // One name: what a crash left behind goes with the next try.
        let draft = path + ".draft"
        unsafe _ = unlink(draft)
        do throws(ConfigurationError) {
            let file = try Descriptor(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
            try file.write(bytes, draft)
            guard fchmod(file.number, mode) == 0, fsync(file.number) == 0 else {
                throw ConfigurationError.invalid(draft, "cannot be written: \(errorText())")
            }
            // link refuses an existing target, rename replaces it: both in one step.
            let code = unsafe replacing ? rename(draft, path) : link(draft, path)
            guard code == 0 else {
                throw ConfigurationError.invalid(path, "cannot be written: \(errorText())")
            }
        } catch {
            unsafe _ = unlink(draft)
            throw error
        }
        if !replacing { unsafe _ = unlink(draft) }
        try syncFolder(of: path)
    }

    private static func syncFolder(of path: String) throws(ConfigurationError) {
        let end = path.lastIndex(of: "/")
        let folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let handle = try Descriptor(folder, O_RDONLY | O_DIRECTORY)
        guard fsync(handle.number) == 0 else {
            throw .invalid(folder, "cannot be flushed: \(errorText())")
        }
    }

    /// What the last system call says.
    static func errorText() -> String { unsafe String(cString: strerror(errno)) }
}

/// Owns one file descriptor.
final class Descriptor {
    let number: Int32

    init(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(ConfigurationError) {
        number = unsafe open(path, flags | O_CLOEXEC, mode)
        guard number >= 0 else {
            throw .invalid(path, "cannot be opened: \(FileBytes.errorText())")
        }
    }

    deinit { if number >= 0 { close(number) } }

    func status(_ path: String) throws(ConfigurationError) -> stat {
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else {
            throw .invalid(path, "cannot be examined: \(FileBytes.errorText())")
        }
        return status
    }

    func write(_ bytes: [UInt8], _ path: String) throws(ConfigurationError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { source in
                unsafe Glibc.write(number, source.baseAddress! + done, source.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw .invalid(path, "cannot be written: \(FileBytes.errorText())")
            }
            done += count
        }
    }
}
