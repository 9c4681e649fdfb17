package import GatehouseCore
import GatehouseStorage

extension Accounts {
    /// Sends a link that sets a new password, if the address has an account; the caller learns
    /// nothing either way.
    package func forgotPassword(email: String, client: ClientContext) throws(AccountError) {
        guard let address = EmailAddress(email) else { throw .emailInvalid }
        try limitMails(index(address), client)
        try write { connection in
            guard let account = try record(email: address, connection), !account.isLocked else {
                return try pretend(connection)
            }
            let link = try makeLink(
                .reset, account: account.id, life: settings.resetLife, connection)
            try queue(.resetPassword, to: account.email, ["token": link], connection)
        }
    }

    /// Sets a new password by a link, and ends all sessions. The link proves the mailbox: a second
    /// factor is still asked for.
    package func resetPassword(
        token: String, password: String, client: ClientContext
    ) throws(AccountError) -> SignInResult {
        // The policy is asked first, so that a refused password does not use the link up.
        guard let text = PasswordText(password) else { throw .passwordRefused(.notText) }
        if let refusal = policy.refusal(password, names: [settings.serviceName]) {
            throw .passwordRefused(refusal)
        }
        let hash = hasher.hash(text)
        let account = try write { connection -> AccountRecord in
            guard let id = try redeem(token, .reset, connection).account,
                let account = try record(id, connection), !account.isLocked
            else { throw AccountError.linkInvalid }
            if let refusal = policy.refusal(password, names: [account.email, account.name]) {
                throw AccountError.passwordRefused(refusal)
            }
            // A mailbox that received the link is confirmed by it.
            try connection.run(
                """
                UPDATE accounts SET password = \(hash), confirmed = \(true)
                WHERE id = \(account.id)
                """)
            try afterPasswordChange(account, keeping: nil, connection)
            guard let changed = try record(id, connection) else { throw AccountError.linkInvalid }
            return changed
        }
        try followChanges()
        emit(.passwordChange, account.id, client, "by link")
        return try proceed(account, methods: ["pwd"], client)
    }

    /// Sets a new password for the caller, and ends all other sessions.
    package func changePassword(
        principal: Principal, current: String, new: String, code: String?, client: ClientContext
    ) throws(AccountError) {
        let account = try reauthenticate(principal, password: current, code: code, client)
        let text = try checkedPassword(new, names: [account.email, account.name])
        let hash = hasher.hash(text)
        try write { connection in
            try connection.run("UPDATE accounts SET password = \(hash) WHERE id = \(account.id)")
            try afterPasswordChange(account, keeping: principal.session?.id, connection)
        }
        try followChanges()
        emit(.passwordChange, account.id, client, "by its owner")
    }

    private func afterPasswordChange(
        _ account: AccountRecord, keeping session: String?, _ connection: any SQLConnection
    ) throws {
        try endAll(account.id, except: session, connection)
        try connection.run(
            """
            DELETE FROM links
            WHERE account = \(account.id) AND purpose = \(LinkPurpose.reset.rawValue)
            """)
        try connection.run("DELETE FROM challenges WHERE account = \(account.id)")
        // Devices that were known before may be the thief's.
        try connection.run("DELETE FROM devices WHERE account = \(account.id)")
        try queue(.passwordChanged, to: account.email, [:], connection)
    }

    /// Proves that the caller is the owner at this moment: password, and the second factor of an
    /// account that has one. Throttled like a sign-in.
    func reauthenticate(
        _ principal: Principal, password: String, code: String?, _ client: ClientContext
    ) throws(AccountError) -> AccountRecord {
        let account = try record(principal)
        let text = PasswordText(password)
        let attempt = try attempt(.password, Array(account.id.utf8), account.id, client)
        if let seconds = try wait(attempt) { throw .throttled(seconds: seconds) }
        guard let text, hasher.verify(text, account.password).matches else {
            try failed(attempt)
            emit(.passwordChangeFail, account.id, client, "re-authentication")
            throw .invalidCredentials
        }
        throttle.succeeded(attempt)
        if try read({ try hasFactor(account.id, $0) }) {
            _ = try checkCode(code ?? "", account, client)
        }
        return account
    }
}
