import Glibc

/// The file of an embedded database, before SQLite opens it.
enum SQLiteFile {
    /// Makes the file with mode 0600 before SQLite would make it with another, in a folder where
    /// nobody else can put a file in its place or a journal beside it.
    static func claim(_ path: String) throws(DatabaseError) {
        guard !path.hasZeroByte else { throw .refused("a path with a zero byte") }
        try checkFolder(of: path)
        let file = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw .unavailable("\(path): \(unsafe String(cString: strerror(errno)))")
        }
        defer { Glibc.close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unavailable("\(path): no regular file")
        }
        guard status.st_uid == geteuid() else {
            throw .unavailable("\(path): belongs to another user")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw .unavailable("\(path): others can read it; run: chmod 600 \(path)")
        }
    }

    private static func checkFolder(of path: String) throws(DatabaseError) {
        let name = path.lastIndex(of: "/").map { path[...$0] } ?? "."
        let folder = String(name)
        var status = stat()
        guard unsafe stat(folder, &status) == 0 else {
            throw .unavailable("\(folder): \(unsafe String(cString: strerror(errno)))")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw .unavailable("\(folder): belongs to another user")
        }
        guard status.st_mode & 0o022 == 0 else {
            throw .unavailable("\(folder): others can write there; run: chmod go-w \(folder)")
        }
    }

    /// Opens a connection that writes, ready for use.
    static func writer(
        _ path: String, limits: SQLLimits, interruption: Interruption, gate: SQLiteGate? = nil
    ) throws(DatabaseError) -> SQLiteConnection {
        let connection = try SQLiteConnection(
            path: path, isReadOnly: false, limits: limits, interruption: interruption, gate: gate)
        _ = try connection.rows("PRAGMA journal_mode = WAL")
        try connection.run("PRAGMA synchronous = FULL")
        try connection.run("PRAGMA foreign_keys = ON")
        try connection.run("PRAGMA trusted_schema = OFF")
        // What was deleted is overwritten: a row that is gone must not be found in the file.
        _ = try connection.rows("PRAGMA secure_delete = ON")
        return connection
    }

    /// Looks for damage.
    static func check(_ path: String, limits: SQLLimits) throws(DatabaseError) {
        let connection = try SQLiteConnection(
            path: path, isReadOnly: true, limits: limits, interruption: Interruption())
        let verdict = try connection.row("PRAGMA quick_check(1)")
        guard try verdict?.text("quick_check") == "ok" else { throw .corrupt("quick_check failed") }
    }
}
