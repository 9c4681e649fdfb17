import Glibc
import Synchronization

/// The embedded database: one file, one writer, several readers that never wait for it (WAL).
///
/// Every commit reaches the disk before it is acknowledged (`synchronous = FULL`).
package final class SQLiteDatabase: Database {
    private let writer: Mutex<SQLiteConnection>
    private let readers: [Reader]
    private let turn = Atomic<Int>(0)
    /// Where it is.
    package let path: String

    private static let readerCount = 2

    /// Opens or makes the file, which its owner alone may read, and checks it.
    /// - Throws: `DatabaseError`: `corrupt` when the check finds damage.
    package init(path: String) throws(DatabaseError) {
        self.path = path
        try Self.claim(path)
        let connection = try SQLiteConnection(path: path, isReadOnly: false)
        _ = try connection.rows("PRAGMA journal_mode = WAL")
        try connection.run("PRAGMA synchronous = FULL")
        try connection.run("PRAGMA foreign_keys = ON")
        try connection.run("PRAGMA trusted_schema = OFF")
        // What was deleted is overwritten: a row that is gone must not be found in the file.
        _ = try connection.rows("PRAGMA secure_delete = ON")
        let verdict = try connection.row("PRAGMA quick_check(1)")
        guard try verdict?.text("quick_check") == "ok" else { throw .corrupt("quick_check failed") }
        writer = Mutex(connection)
        var readers: [Reader] = []
        for _ in 0..<Self.readerCount {
            readers.append(Reader(try SQLiteConnection(path: path, isReadOnly: true)))
        }
        self.readers = readers
    }

    /// Makes the file with mode 0600 before SQLite would make it with another.
    private static func claim(_ path: String) throws(DatabaseError) {
        let file = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw .unavailable("\(path): \(unsafe String(cString: strerror(errno)))")
        }
        defer { Glibc.close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unavailable("\(path): no regular file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw .unavailable("\(path): others can read it; run: chmod 600 \(path)")
        }
    }

    package func read<Value: Sendable>(
        _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        let index = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return try readers[(index & .max) % readers.count].mutex.withLock { connection in
            try Self.run(on: connection, "BEGIN", body)
        }
    }

    @discardableResult
    package func transaction<Value: Sendable>(
        _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        try writer.withLock { connection in
            try Self.run(on: connection, "BEGIN IMMEDIATE", body)
        }
    }

    /// A writer's transaction is the lock.
    package func changeSchema(_ body: (any SQLConnection) throws -> Void) throws {
        try transaction(body)
    }

    private static func run<Value>(
        on connection: SQLiteConnection, _ begin: SQLStatement,
        _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        try connection.run(begin)
        do {
            let value = try body(connection)
            try connection.run("COMMIT")
            return value
        } catch {
            // A transaction that SQLite ended by itself has nothing left to roll back.
            _ = try? connection.run("ROLLBACK")
            throw error
        }
    }

    package func isReachable() -> Bool {
        (try? read { connection in try connection.row("SELECT 1 AS one") != nil }) ?? false
    }

    /// Every page and index, not only the quick look that opening takes.
    /// - Returns: what is wrong; nothing when all is well.
    package func integrityProblems() throws -> [String] {
        try read { connection in
            try connection.rows("PRAGMA integrity_check(100)").map {
                try $0.text("integrity_check")
            }
            .filter { $0 != "ok" }
        }
    }

    /// Copies the database while it is in use into a new file that its owner alone may read, and
    /// checks the copy.
    package func backUp(to target: String) throws {
        let file = unsafe open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw DatabaseError.unavailable("\(target): \(unsafe String(cString: strerror(errno)))")
        }
        Glibc.close(file)
        do {
            let copy = try SQLiteConnection(path: target, isReadOnly: false)
            let source = try SQLiteConnection(path: path, isReadOnly: true)
            try source.backUp(to: copy)
            // One file, without a log beside it.
            _ = try copy.rows("PRAGMA journal_mode = DELETE")
            guard try copy.row("PRAGMA integrity_check(1)")?.text("integrity_check") == "ok" else {
                throw DatabaseError.corrupt("the copy of the database failed its check")
            }
        } catch {
            unsafe unlink(target)
            throw error
        }
    }

    package func close() {
        for reader in readers { reader.mutex.withLock { $0.close() } }
        writer.withLock { $0.close() }
    }
}

/// A connection and its lock, for an array.
private final class Reader: Sendable {
    let mutex: Mutex<SQLiteConnection>
    init(_ connection: SQLiteConnection) { mutex = Mutex(connection) }
}
