import GatehouseCore

/// The steps that bring a database to the schema of this program, each run once and whole.
///
/// ```swift
/// let notes = Migrations("notes", [
///     ["CREATE TABLE notes (id \(.generatedKey), owner TEXT NOT NULL, title TEXT NOT NULL)"],
///     ["CREATE INDEX notes_owner ON notes (owner)"],
/// ])
/// try await db.migrate(notes)
/// ```
///
/// What is missing runs in one transaction that no other program's overlaps. A step that ran and
/// reads differently now is refused, as is a database that a newer program brought further.
public struct Migrations: Sendable {
    private let name: String
    private let steps: [[SQLStatement]]

    /// Steps in their order; a step that was released is never changed.
    /// - Parameter name: tells these steps from those of others in the same database.
    public init(_ name: String, _ steps: [[SQLStatement]]) {
        self.name = name
        self.steps = steps
    }

    /// The steps of our own tables.
    package init(_ steps: [[SQLStatement]]) { self.init(Self.ownName, steps) }

    private static let ownName = "gatehouse"

    /// Runs what is missing, all in one transaction: several programs may start at once, and one
    /// that is killed leaves the old schema.
    /// - Throws: `DatabaseError.newerSchema` for a database of a newer program.
    package func apply(to database: any Database) throws {
        try database.changeSchema { connection in try apply(on: connection) }
    }

    /// Runs what is missing in a transaction of the mode `schema`.
    func apply(on connection: any SQLConnection) throws(DatabaseError) {
        try connection.run(
            """
            CREATE TABLE IF NOT EXISTS gatehouse_migrations (
                name TEXT NOT NULL, step BIGINT NOT NULL, checksum TEXT NOT NULL,
                applied BIGINT NOT NULL, PRIMARY KEY (name, step))
            """)
        if name == Self.ownName { try adopt(on: connection) }
        let rows = try connection.rows(
            """
            SELECT step, checksum FROM gatehouse_migrations WHERE name = \(name) ORDER BY step
            """)
        guard rows.count <= steps.count else {
            throw .newerSchema(found: rows.count, known: steps.count)
        }
        for (index, row) in rows.enumerated() {
            let (step, sum) = (try row.integer("step"), try row.text("checksum"))
            guard step == index + 1, sum == Self.checksum(steps[index]) else {
                throw .changedMigration(step: index + 1)
            }
        }
        for (index, statements) in steps.enumerated().dropFirst(rows.count) {
            for statement in statements { try connection.run(statement) }
            try note(index + 1, on: connection)
        }
    }

    private func note(_ step: Int, on connection: any SQLConnection) throws(DatabaseError) {
        try connection.run(
            """
            INSERT INTO gatehouse_migrations (name, step, checksum, applied)
            VALUES (\(name), \(step), \(Self.checksum(steps[step - 1])), \(WallTime.now))
            """)
    }

    /// Takes over what was noted before steps had names and checksums.
    private func adopt(on connection: any SQLConnection) throws(DatabaseError) {
        try connection.run(
            """
            CREATE TABLE IF NOT EXISTS gatehouse_schema \
            (step BIGINT PRIMARY KEY, applied BIGINT NOT NULL)
            """)
        let old = try connection.row("SELECT COALESCE(MAX(step), 0) AS step FROM gatehouse_schema")
        let found = Int(try old?.integer("step") ?? 0)
        guard found <= steps.count else { throw .newerSchema(found: found, known: steps.count) }
        for step in 0..<found {
            let known = try connection.row(
                """
                SELECT step FROM gatehouse_migrations WHERE name = \(name) AND step = \(step + 1)
                """)
            if known == nil { try note(step + 1, on: connection) }
        }
    }

    /// FNV-1a over the texts: against an edit by mistake, not against an attacker, who could write
    /// the table as well.
    private static func checksum(_ statements: [SQLStatement]) -> String {
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        for statement in statements {
            for byte in statement.description.utf8 { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
            sum = (sum ^ 0xFF) &* 0x100_0000_01B3
        }
        return String(sum, radix: 16)
    }
}
