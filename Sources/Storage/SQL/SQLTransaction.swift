/// An open transaction; it is over when the closure that was given it returns.
public final class SQLTransaction: Sendable {
    private let lease: SQLLease

    init(_ lease: SQLLease) { self.lease = lease }

    /// The rows of an answer.
    public func query(_ statement: SQLStatement) async throws(DatabaseError) -> [SQLRow] {
        try await lease.run { connection in
            Result { () throws(DatabaseError) in try connection.rows(statement) }
        }
    }

    /// The rows of an answer as values; coding keys are the names of the columns.
    public func query<Value: Decodable & Sendable>(
        _ statement: SQLStatement, as type: Value.Type
    ) async throws(DatabaseError) -> [Value] {
        try await query(statement).map { row throws(DatabaseError) in try row.decoded() }
    }

    /// Runs a statement; the number of rows that it changed.
    @discardableResult
    public func execute(_ statement: SQLStatement) async throws(DatabaseError) -> Int {
        try await lease.run { connection in
            Result { () throws(DatabaseError) in try connection.run(statement) }
        }
    }
}
