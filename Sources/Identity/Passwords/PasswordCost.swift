import GatehouseCore
package import GatehouseCrypto
package import GatehouseStorage

/// What hashing a password costs on this machine: found out once and kept in the database, so that
/// all programs on it, and all starts, hash alike.
package enum PasswordCost {
    /// More would make a flood of sign-ins cheap for whoever sends it.
    static let passesMax = 16
    private static let name = "argon2id-passes"

    /// The passes over 19 MiB that fit into `duration`, at least OWASP's two.
    ///
    /// Memory is not raised: it is what many sign-ins at once would run out of.
    /// - Parameter time: how long a hash of this cost takes here; the shortest of a few, since
    ///   others may be using the machine.
    package static func calibrated(
        in database: any Database, within duration: Duration,
        time: (Argon2.Cost) -> Duration = Self.measure
    ) throws(AccountError) -> Argon2.Cost {
        do {
            try Migrations.accounts.apply(to: database)
            if let found = try stored(in: database) { return found }
            let minimum = Argon2.Cost()
            let spent = max(time(minimum).nanoseconds, 1)
            let fitting = Int(duration.nanoseconds * Int64(minimum.passes) / spent)
            let passes = min(max(fitting, minimum.passes), passesMax)
            // Of two programs that measure at once the first one's answer counts.
            try database.transaction { connection in
                try connection.run(
                    """
                    INSERT INTO settings (name, value) VALUES (\(name), \(String(passes)))
                    ON CONFLICT (name) DO NOTHING
                    """)
            }
            return try stored(in: database) ?? Argon2.Cost(passes: passes)
        } catch { throw AccountError(failure: error) }
    }

    private static func stored(in database: any Database) throws -> Argon2.Cost? {
        let text = try database.read { connection in
            try connection.row("SELECT value FROM settings WHERE name = \(name)")?.text("value")
        }
        guard let text else { return nil }
        guard let passes = Int(text), (Argon2.Cost().passes...passesMax).contains(passes) else {
            throw DatabaseError.corrupt("settings: \(name) is no number of passes")
        }
        return Argon2.Cost(passes: passes)
    }

    /// The shortest of three hashes.
    package static func measure(_ cost: Argon2.Cost) -> Duration {
        let secret = Redacted([UInt8](repeating: 7, count: 32))
        var shortest = Duration.seconds(3_600)
        for _ in 0..<3 {
            let start = MonotonicTime.now
            _ = Argon2.hash(secret, cost: cost)
            shortest = min(shortest, MonotonicTime.now - start)
        }
        return shortest
    }
}
