import GatehouseCore
import GatehouseCrypto
import GatehouseStorage

/// A row of `accounts`, opened.
struct AccountRecord: Sendable {
    let id: String
    let email: String
    let name: String
    let password: String?
    let roles: [String]
    let tenant: String?
    let isConfirmed: Bool
    let isLocked: Bool
    let epoch: Int64
    let created: WallTime

    init(_ row: SQLRow, _ seal: Seal) throws {
        id = try row.text("id")
        email = try Self.open(row, "email", Self.emailPlace(id), seal)
        name = try Self.open(row, "name", Self.namePlace(id), seal)
        password = try row.optionalText("password")
        roles = try row.text("roles").split(separator: " ").map(String.init)
        tenant = try row.optionalText("tenant")
        isConfirmed = try row.bool("confirmed")
        isLocked = try row.bool("locked")
        epoch = try row.integer("epoch")
        created = try row.time("created")
    }

    private static func open(
        _ row: SQLRow, _ column: String, _ place: Seal.Place, _ seal: Seal
    ) throws -> String {
        String(decoding: try seal.open(try row.blob(column), for: place), as: UTF8.self)
    }

    static func emailPlace(_ id: String) -> Seal.Place {
        Seal.Place(table: "accounts", column: "email", row: id)
    }

    static func namePlace(_ id: String) -> Seal.Place {
        Seal.Place(table: "accounts", column: "name", row: id)
    }
}

extension Accounts {
    /// What an address is looked up by: the same for every spelling, of no use without the key.
    func index(_ email: EmailAddress) -> [UInt8] {
        OneTimeMAC.sha256.authenticate(Array(email.text.utf8), key: indexKey)
    }

    func record(_ id: String, _ connection: any SQLConnection) throws -> AccountRecord? {
        try connection.row("SELECT * FROM accounts WHERE id = \(id)")
            .map { try AccountRecord($0, seal) }
    }

    func record(
        email: EmailAddress, _ connection: any SQLConnection
    ) throws -> AccountRecord? {
        try connection.row("SELECT * FROM accounts WHERE email_index = \(index(email))")
            .map { try AccountRecord($0, seal) }
    }

    /// The account of a caller; its session must still be open.
    func record(_ principal: Principal) throws(AccountError) -> AccountRecord {
        let found = try read { try record(principal.subject, $0) }
        guard let found, !found.isLocked else { throw .sessionInvalid }
        return found
    }

    /// Adds a row; an address that is taken is a conflict.
    func insert(
        _ email: EmailAddress, name: String, password: String?, roles: [String], tenant: String?,
        isConfirmed: Bool, created: WallTime, _ connection: any SQLConnection
    ) throws -> String {
        let id = OpaqueSecret.makeName()
        let sealedEmail = seal.seal(Array(email.text.utf8), for: AccountRecord.emailPlace(id))
        let sealedName = seal.seal(Array(name.utf8), for: AccountRecord.namePlace(id))
        try connection.run(
            """
            INSERT INTO accounts (id, email_index, email, name, password, roles, tenant, confirmed,
                locked, epoch, created)
            VALUES (\(id), \(index(email)), \(sealedEmail), \(sealedName), \(password),
                \(roles.joined(separator: " ")), \(tenant), \(isConfirmed), \(false), \(1), \(created))
            """)
        return id
    }

    /// Moves an account to its next epoch: tokens of earlier ones are refused from now on.
    func raiseEpoch(_ account: String, _ connection: any SQLConnection) throws -> Int64 {
        try connection.run("UPDATE accounts SET epoch = epoch + 1 WHERE id = \(account)")
        let row = try connection.row("SELECT epoch FROM accounts WHERE id = \(account)")
        let epoch = try row?.integer("epoch") ?? 0
        try note(Change(account: account, epoch: epoch), connection)
        return epoch
    }
}
