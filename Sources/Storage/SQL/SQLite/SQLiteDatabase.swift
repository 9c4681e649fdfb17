import Glibc
import Synchronization

/// The embedded database in blocking form: one file, one writer, several readers that never wait
/// for it (WAL).
///
/// Every commit reaches the disk before it is acknowledged (`synchronous = FULL`).
package final class SQLiteDatabase: Database {
    private let writer: Mutex<SQLiteConnection>
    private let readers: [Reader]
    private let turn = Atomic<Int>(0)
    private let nesting = NestingGuard()
    /// Where it is.
    package let path: String

    private static let readerCount = 2
    private static let limits: SQLLimits = {
        var limits = SQLLimits()
        limits.lockMax = .seconds(10)
        limits.rowsMax = 1_000_000
        return limits
    }()
    /// A look at every page takes as long as the file is large.
    private static let wholeFileLimits: SQLLimits = {
        var whole = limits
        whole.statementMax = .seconds(3_600)
        return whole
    }()

    /// Opens or makes the file, which its owner alone may read, and checks it.
    /// - Throws: `DatabaseError`: `corrupt` when the check finds damage.
    package init(path: String) throws(DatabaseError) {
        self.path = path
        try SQLiteFile.claim(path)
        let connection = try SQLiteFile.writer(
            path, limits: Self.limits, interruption: Interruption())
        try SQLiteFile.check(path, limits: Self.wholeFileLimits)
        writer = Mutex(connection)
        var readers: [Reader] = []
        for _ in 0..<Self.readerCount {
            readers.append(
                Reader(
                    try SQLiteConnection(
                        path: path, isReadOnly: true, limits: Self.limits,
                        interruption: Interruption())))
        }
        self.readers = readers
    }

    private static func connection(
        _ path: String, isReadOnly: Bool
    ) throws(DatabaseError) -> SQLiteConnection {
        try SQLiteConnection(
            path: path, isReadOnly: isReadOnly, limits: wholeFileLimits,
            interruption: Interruption())
    }

    package func read<Value: Sendable>(
        _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        let index = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return try nesting {
            try readers[(index & .max) % readers.count].mutex.withLock { connection in
                try connection.attempt(.read, body)
            }
        }
    }

    @discardableResult
    package func transaction<Value: Sendable>(
        _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        try nesting { try writer.withLock { try $0.attempt(.write, body) } }
    }

    /// A writer's transaction is the lock.
    package func changeSchema(_ body: (any SQLConnection) throws -> Void) throws {
        try transaction(body)
    }

    package func isReachable() -> Bool {
        (try? read { connection in try connection.row("SELECT 1 AS one") != nil }) ?? false
    }

    /// Every page and index, not only the quick look that opening takes.
    /// - Returns: what is wrong; nothing when all is well.
    package func integrityProblems() throws -> [String] {
        try Self.connection(path, isReadOnly: true).rows("PRAGMA integrity_check(100)").map {
            try $0.text("integrity_check")
        }
        .filter { $0 != "ok" }
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
            let copy = try Self.connection(target, isReadOnly: false)
            let source = try Self.connection(path, isReadOnly: true)
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
