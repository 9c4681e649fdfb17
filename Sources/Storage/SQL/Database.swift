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
