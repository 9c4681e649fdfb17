import GatehouseCore
import GatehouseStorage

/// The row of a key ring in the database of accounts, for several gates. A transaction decides who
/// makes the next key: the others find it there.
struct KeyTable: KeyRingStorage {
    let database: any Database
    /// Which ring.
    let ring: String
    /// Gates look at the row several times in this.
    let delay = Duration.seconds(5)
    var name: String { "accounts.database" }

    func read() throws(ConfigurationError) -> [UInt8]? {
        do { return try database.read { try sealed($0) } } catch { throw refusal(error) }
    }

    func change(
        _ body: ([UInt8]?) throws(ConfigurationError) -> [UInt8]?
    ) throws(ConfigurationError) {
        do {
            try database.transaction { connection in
                guard let bytes = try body(try sealed(connection)) else { return }
                try connection.run(
                    """
                    UPDATE key_rings SET sealed = \(bytes), changed = \(WallTime.now)
                    WHERE name = \(ring)
                    """)
            }
        } catch { throw refusal(error) }
    }

    private func sealed(_ connection: any SQLConnection) throws -> [UInt8]? {
        let row = try connection.row("SELECT sealed FROM key_rings WHERE name = \(ring)")
        guard let row else { throw DatabaseError.corrupt("key_rings: a row is missing") }
        return try row.optionalBlob("sealed")
    }

    private func refusal(_ error: any Error) -> ConfigurationError {
        if let error = error as? ConfigurationError { return error }
        return .invalid(name, (error as? DatabaseError)?.description ?? "\(type(of: error))")
    }
}
