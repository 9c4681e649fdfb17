/// A database with transactions. All calls block: run them on the pool for blocking work.
package protocol Database: Sendable {
    /// Runs `body` on a connection that sees one state of the data; nothing is written.
    func read<Value: Sendable>(
        _ body: (any SQLConnection) throws -> Value
    ) throws -> Value
    /// Runs `body` in a transaction that may write: what it returns is committed to disk, what it
    /// throws leaves nothing behind.
    @discardableResult
    func transaction<Value: Sendable>(
        _ body: (any SQLConnection) throws -> Value
    ) throws -> Value
    /// Runs `body` in a transaction that no other program's change of the schema overlaps, and that
    /// sees what the one before it did.
    func changeSchema(_ body: (any SQLConnection) throws -> Void) throws
    /// Whether the database answers at this moment.
    func isReachable() -> Bool
    /// Closes all connections; later calls fail with `unavailable`.
    func close()
}

/// One connection inside a `read` or `transaction`; it must not be kept.
package protocol SQLConnection: AnyObject {
    /// The rows of an answer.
    func rows(_ statement: SQLStatement) throws(DatabaseError) -> [SQLRow]
    /// Runs a statement; the number of rows that it changed.
    @discardableResult
    func run(_ statement: SQLStatement) throws(DatabaseError) -> Int
}

extension SQLConnection {
    /// The only row of an answer, or nil.
    package func row(_ statement: SQLStatement) throws(DatabaseError) -> SQLRow? {
        try rows(statement).first
    }
}

/// Why a database did not do what it was asked. Never holds bound values.
package enum DatabaseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// It cannot be reached, or not in time: trying later may work.
    case unavailable(String)
    /// Another transaction got in the way: running it again may work.
    case conflict
    /// A constraint refused the change: a value that must be unique is there already, for example.
    case constraint
    /// The disk is full.
    case full
    /// It may not be written.
    case readOnly
    /// The file is damaged or no database.
    case corrupt(String)
    /// The schema was made by a newer version of the program.
    case newerSchema(found: Int, known: Int)
    /// A statement or an answer that the program did not expect: a bug.
    case unexpected(String)

    package var description: String {
        switch self {
        case .unavailable(let why): "the database is not available: \(why)"
        case .conflict: "another transaction got in the way"
        case .constraint: "a constraint of the database refused the change"
        case .full: "the disk is full"
        case .readOnly: "the database cannot be written"
        case .corrupt(let why): "the database is damaged: \(why)"
        case .newerSchema(let found, let known):
            "the database has schema \(found), this program knows \(known): use a newer program"
        case .unexpected(let why): "unexpected: \(why)"
        }
    }
}
