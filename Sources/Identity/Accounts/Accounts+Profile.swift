package import GatehouseCore
import GatehouseCrypto
import GatehouseStorage

extension Accounts {
    private static let emailPlaceName = "change"

    /// The caller's account.
    package func profile(principal: Principal) throws(AccountError) -> AccountProfile {
        let account = try record(principal)
        return try read { try profile(account, $0) }
    }

    func profile(
        _ account: AccountRecord, _ connection: any SQLConnection
    ) throws -> AccountProfile {
        let codes = try connection.row(
            "SELECT COUNT(*) AS n FROM recovery_codes WHERE account = \(account.id)")
        return AccountProfile(
            id: account.id, email: account.email, name: account.name,
            isConfirmed: account.isConfirmed, roles: account.roles, tenant: account.tenant,
            hasFactor: try hasFactor(account.id, connection),
            recoveryCodesLeft: Int(try codes?.integer("n") ?? 0), isLocked: account.isLocked,
            created: account.created)
    }

    /// Asks for another address: it counts once the link that is sent there was opened.
    package func changeEmail(
        principal: Principal, password: String, code: String?, email: String, client: ClientContext
    ) throws(AccountError) {
        guard let address = EmailAddress(email) else { throw .emailInvalid }
        let account = try reauthenticate(principal, password: password, code: code, client)
        try limitMails(index(address), client)
        try write { connection in
            // An address that is taken gets a mail that says so; the caller learns nothing.
            if try record(email: address, connection) != nil {
                try queue(.alreadyRegistered, to: address.text, [:], connection)
                return
            }
            let data = seal.seal(Array(address.text.utf8), for: changePlace(account.id))
            let link = try makeLink(
                .changeEmail, account: account.id, data: data, life: settings.confirmLife,
                connection)
            try queue(.emailChangeConfirm, to: address.text, ["token": link], connection)
        }
    }

    private func changePlace(_ account: String) -> Seal.Place {
        Seal.Place(table: "links", column: "data", row: account)
    }

    /// Takes the new address over; the old one is told.
    package func confirmEmailChange(token: String, client: ClientContext) throws(AccountError) {
        let account = try write { connection -> String in
            let (id, data) = try redeem(token, .changeEmail, connection)
            guard let id, let data, let account = try record(id, connection),
                let address = EmailAddress(
                    String(
                        decoding: try seal.open(data, for: changePlace(id)), as: UTF8.self))
            else { throw AccountError.linkInvalid }
            let sealed = seal.seal(Array(address.text.utf8), for: AccountRecord.emailPlace(id))
            try connection.run(
                """
                UPDATE accounts SET email = \(sealed), email_index = \(index(address)),
                    confirmed = \(true)
                WHERE id = \(id)
                """)
            try queue(.emailChanged, to: account.email, [:], connection)
            return id
        }
        emit(.userUpdated, account, client, "address changed")
    }

    /// Deletes the caller's account and everything that belongs to it.
    package func deleteAccount(
        principal: Principal, password: String, code: String?, client: ClientContext
    ) throws(AccountError) {
        let account = try reauthenticate(principal, password: password, code: code, client)
        try write { connection in
            try endAll(account.id, connection)
            _ = try raiseEpoch(account.id, connection)
            try connection.run("DELETE FROM accounts WHERE id = \(account.id)")
            try queue(.accountDeleted, to: account.email, [:], connection)
        }
        try followChanges()
        emit(.userDeleted, account.id, client, "by its owner")
    }
}
