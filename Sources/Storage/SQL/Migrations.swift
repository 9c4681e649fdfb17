import GatehouseCore

/// The steps that bring a database to the schema of this program, each run once and whole.
package struct Migrations: Sendable {
    private let steps: [[SQLStatement]]

    /// Steps in their order; a step that was released is never changed.
    package init(_ steps: [[SQLStatement]]) { self.steps = steps }

    /// Runs what is missing, all in one transaction: several programs may start at once, and one
    /// that is killed leaves the old schema.
    /// - Throws: `DatabaseError.newerSchema` for a database of a newer program.
    package func apply(to database: any Database) throws {
        try database.changeSchema { connection in
            try connection.run(
                """
                CREATE TABLE IF NOT EXISTS gatehouse_schema \
                (step BIGINT PRIMARY KEY, applied BIGINT NOT NULL)
                """)
            let row = try connection.row(
                "SELECT COALESCE(MAX(step), 0) AS step FROM gatehouse_schema")
            let found = Int(try row?.integer("step") ?? 0)
            guard found <= steps.count else {
                throw DatabaseError.newerSchema(found: found, known: steps.count)
            }
            for (index, statements) in steps.enumerated().dropFirst(found) {
                for statement in statements { try connection.run(statement) }
                try connection.run(
                    """
                    INSERT INTO gatehouse_schema (step, applied)
                    VALUES (\(index + 1), \(WallTime.now))
                    """
                )
            }
        }
    }
}
