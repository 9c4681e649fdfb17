import GatehouseCore

/// Where a log's bytes go. Called by the writer's thread alone, except `reopen`.
protocol LogOutput: AnyObject, Sendable {
    /// Writes a first part of `bytes` without waiting.
    func write(_ bytes: RawSpan) -> WriteOutcome
    /// Switches to what `reopen` opened; true if it did.
    func adoptReopened() -> Bool
    /// Opens the destination again, under its name.
    func reopen() throws(LogFileError)
}

/// What became of a write.
enum WriteOutcome: Equatable {
    /// So many bytes are written, at least one.
    case wrote(Int)
    /// Nobody takes bytes right now; wait until this descriptor is writable.
    case notReady(Int32)
    /// An error number: no space, broken pipe, input/output error.
    case failed(Int32)
}

/// Why a log file can't be used.
package enum LogFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The system refuses; its words.
    case cannotOpen(path: String, reason: String)
    /// The name is a symbolic link: whoever made it would choose what we write to.
    case symbolicLink(path: String)
    /// It is a directory, a block device or a socket.
    case unsuitable(path: String)
    /// Everybody may write to it, and so forge lines.
    case writableByOthers(path: String)
    /// Another user owns it, and so may read and forge lines.
    case ownedByOther(path: String)

    /// What is wrong, and what would be right.
    package var description: String {
        switch self {
        case .cannotOpen(let path, let reason): "\(path): cannot open for appending: \(reason)"
        case .symbolicLink(let path):
            "\(path): is a symbolic link; name the file itself, or stdout or stderr"
        case .unsuitable(let path): "\(path): is no file, pipe or character device"
        case .writableByOthers(let path): "\(path): is writable by everybody; use chmod o-w"
        case .ownedByOther(let path): "\(path): belongs to another user; use chown"
        }
    }
}
