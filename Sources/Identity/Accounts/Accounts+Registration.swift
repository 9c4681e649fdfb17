import GatehouseCore
import GatehouseStorage

extension Accounts {
    private static let nameMax = 100

    /// Makes an account, or does the same work for an address that has one: its owner gets a mail
    /// that says so, and the caller learns nothing.
    package func register(
        email: String, password: String, name: String, client: ClientContext
    ) throws(AccountError) {
        guard settings.registration == .open else { throw .registrationClosed }
        guard let address = EmailAddress(email) else { throw .emailInvalid }
        let name = try checkedName(name)
        let text = try checkedPassword(password, names: [address.text, name])
        try limitMails(index(address), client)
        let hash = hasher.hash(text)
        let made = try write { connection -> String? in
            if let known = try record(email: address, connection) {
                try queue(.alreadyRegistered, to: known.email, [:], connection)
                return nil
            }
            let id = try insert(
                address, name: name, password: hash, roles: [], tenant: nil,
                isConfirmed: !settings.confirmsEmail, created: now, connection)
            let link = try makeLink(
                .confirm, account: id, life: settings.confirmLife, connection)
            try queue(.confirmEmail, to: address.text, ["token": link], connection)
            return id
        }
        if let made { emit(.userCreated, made, client, "registered") }
    }

    /// Confirms an address by the link of its mail.
    package func confirmEmail(token: String, client: ClientContext) throws(AccountError) {
        let account = try write { connection -> String in
            guard let account = try redeem(token, .confirm, connection).account else {
                throw AccountError.linkInvalid
            }
            try connection.run(
                "UPDATE accounts SET confirmed = \(true) WHERE id = \(account)")
            return account
        }
        emit(.userUpdated, account, client, "address confirmed")
    }

    /// Sends the link again, if there is an account that waits for it.
    package func resendConfirmation(email: String, client: ClientContext) throws(AccountError) {
        guard let address = EmailAddress(email) else { throw .emailInvalid }
        try limitMails(index(address), client)
        try write { connection in
            guard let account = try record(email: address, connection), !account.isConfirmed else {
                return try pretend(connection)
            }
            let link = try makeLink(
                .confirm, account: account.id, life: settings.confirmLife, connection)
            try queue(.confirmEmail, to: account.email, ["token": link], connection)
        }
    }

    /// Does for an address without an account what is done for others, and undoes it: a commit
    /// that reaches the disk takes its time, and a missing one would tell.
    func pretend(_ connection: any SQLConnection) throws {
        let link = try makeLink(.decoy, account: nil, life: .seconds(1), connection)
        let mail = try queue(
            .resetPassword, to: "nobody@invalid.invalid", ["token": link], connection)
        try connection.run("DELETE FROM outbox WHERE id = \(mail)")
    }

    /// Bounds the mails that one client, or everybody together for one address, makes us send.
    func limitMails(_ index: [UInt8], _ client: ClientContext) throws(AccountError) {
        let attempt = SignInThrottle.Attempt(
            kind: .mail, address: client.address, account: index)
        if let seconds = try wait(attempt) { throw .throttled(seconds: seconds) }
        try failed(attempt)
    }

    func checkedName(_ name: String) throws(AccountError) -> String {
        let isClean = name.unicodeScalars.allSatisfy {
            $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
        }
        guard name.unicodeScalars.count <= Self.nameMax, isClean else { throw .invalid("name") }
        return name
    }

    /// A new password that the policy takes.
    func checkedPassword(
        _ password: String, names: [String]
    ) throws(AccountError) -> PasswordText {
        if let refusal = policy.refusal(password, names: names + [settings.serviceName]) {
            throw .passwordRefused(refusal)
        }
        guard let text = PasswordText(password) else { throw .passwordRefused(.notText) }
        return text
    }
}
