package import GatehouseCore
package import GatehouseCrypto
package import GatehouseStorage

/// Keeps a program with another seal key away from a database: it would find no account by its
/// address, and what it wrote would open nowhere else.
package enum DatabaseSeal {
    private static let name = "seal"

    /// Brings the tables up to date, and refuses a database that was sealed with another key. The
    /// first program leaves a mark of its key, which tells nothing about the key itself.
    package static func claim(
        _ database: any Database, _ seal: Seal
    ) throws(ConfigurationError) {
        let secret = seal.derivedKey("mark in the database").dangerouslyRevealed
        let own = Base64URL.encode(secret.raw)
        let found: String
        do {
            try Migrations.accounts.apply(to: database)
            found = try kept(database) ?? left(own, database, seal)
        } catch is Seal.Broken {
            throw refusal
        } catch {
            throw .invalid(
                "accounts.database",
                (error as? DatabaseError)?.description ?? "\(type(of: error))")
        }
        guard found == own else { throw refusal }
    }

    private static var refusal: ConfigurationError {
        .invalid(
            "accounts.seal.key",
            "the database was sealed with another key: all gates on it need the same one")
    }

    private static func kept(_ database: any Database) throws -> String? {
        try database.read { try mark($0) }
    }

    private static func mark(_ connection: any SQLConnection) throws -> String? {
        try connection.row("SELECT value FROM settings WHERE name = \(name)")?.text("value")
    }

    /// Leaves the mark; the mark that is there then. A database from before there were marks
    /// proves itself by an account.
    private static func left(
        _ own: String, _ database: any Database, _ seal: Seal
    ) throws -> String {
        try database.transaction { connection in
            if let row = try connection.row("SELECT id, email FROM accounts LIMIT 1") {
                let place = AccountRecord.emailPlace(try row.text("id"))
                _ = try seal.open(try row.blob("email"), for: place)
            }
            try connection.run(
                """
                INSERT INTO settings (name, value) VALUES (\(name), \(own))
                ON CONFLICT (name) DO NOTHING
                """)
            return try mark(connection) ?? own
        }
    }
}
