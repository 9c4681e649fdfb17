import GatehouseCore
import Glibc

/// An open descriptor to append to; closes it at the end if it is its own.
final class LogFile: Sendable {
    let descriptor: Int32
    /// Whether a write neither waits nor is short for want of a reader.
    let isRegular: Bool
    private let isOwned: Bool

    /// Borrows a descriptor such as standard output.
    init(borrowing descriptor: Int32) {
        var status = stat()
        self.descriptor = descriptor
        isRegular = unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        isOwned = false
    }

    /// Opens a file for appending, and makes it, readable by its owner alone, if it is not there.
    ///
    /// Non-blocking, so that a pipe without a reader is an error and not a wait.
    init(path: String) throws(LogFileError) {
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        let descriptor = unsafe open(path, flags, 0o600)
        guard descriptor >= 0 else {
            let number = errno
            if number == ELOOP { throw .symbolicLink(path: path) }
            if number == EISDIR { throw .unsuitable(path: path) }
            throw .cannotOpen(path: path, reason: systemErrorText(number))
        }
        do {
            isRegular = try Self.check(descriptor, path)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        isOwned = true
    }

    deinit { if isOwned { close(descriptor) } }

    /// Whether it is a regular file; refuses what others could write to or swap.
    private static func check(_ descriptor: Int32, _ path: String) throws(LogFileError) -> Bool {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw .cannotOpen(path: path, reason: systemErrorText(errno))
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG, S_IFIFO:
            guard status.st_mode & 0o002 == 0 else { throw .writableByOthers(path: path) }
            guard status.st_uid == geteuid() || status.st_uid == 0 else {
                throw .ownedByOther(path: path)
            }
            return status.st_mode & S_IFMT == S_IFREG
        case S_IFCHR: return false
        default: throw .unsuitable(path: path)
        }
    }
}

/// The system's words for an error number.
func systemErrorText(_ number: Int32) -> String {
    unsafe String(cString: strerror(number))
}
