import GatehouseCore
import GatehouseCrypto
import GatehouseStorage
import Testing

@testable import GatehouseIdentity

@Suite(.eachEngine) struct SignInTests {
    @Test func `gives one answer for wrong passwords, unknown addresses and locked accounts`()
        throws
    {
        let fixture = try AccountsFixture()
        try fixture.register()
        try fixture.register("locked@example.com")
        try fixture.accounts.lock("locked@example.com")
        for (email, password) in [
            ("alice@example.com", AccountsFixture.other), ("nobody@example.com", "whatever it is"),
            ("locked@example.com", AccountsFixture.password), ("no address", "x"),
        ] {
            #expect(throws: AccountError.invalidCredentials) { try fixture.signIn(email, password) }
        }
        #expect(fixture.events.kinds.filter { $0 == .loginFail }.count == 4)
    }

    @Test func `says who signed in, when and how`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let tokens = try fixture.signIn()
        let principal = try #require(try fixture.principal(tokens))
        #expect(principal.authentication.methods == ["pwd"])
        #expect(principal.authentication.time == fixture.now)
        #expect(principal.session?.id == tokens.sessionID)
        let profile = try fixture.accounts.profile(principal: principal)
        #expect(profile.email == "alice@example.com")
        #expect(profile.name == "Alice")
        #expect(!profile.hasFactor)
    }

    @Test func `replaces hashes of other programs at the first sign-in`() throws {
        let fixture = try AccountsFixture()
        var account = Accounts.Import(email: "old@example.com")
        let secret = Array(AccountsFixture.password.utf8)
        let key = try #require(
            KeyDerivation.pbkdf2(
                Redacted(secret), salt: Array("salt".utf8), iterations: 100, hash: .sha256,
                count: 32))
        let base64 = Base64URL.encode(key.raw).replacing("-", with: "+").replacing("_", with: "/")
        account.passwordHash = "pbkdf2_sha256$100$salt$\(base64)="
        account.isConfirmed = true
        try fixture.accounts.importAccount(account)
        #expect(throws: AccountError.conflict) { try fixture.accounts.importAccount(account) }
        account.passwordHash = "$1$md5crypt$unknown"
        account.email = "bad@example.com"
        #expect(throws: AccountError.invalid("password_hash")) {
            try fixture.accounts.importAccount(account)
        }
        _ = try fixture.signIn("old@example.com")
        let hash = try fixture.database.read { connection in
            try connection.row("SELECT password FROM accounts")?.text("password")
        }
        #expect(hash?.hasPrefix("$argon2id$") == true)
        _ = try fixture.signIn("old@example.com")
    }

    @Test func `refuses every token from the next request on, once it was revoked`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let one = try fixture.signIn()
        let two = try fixture.signIn()
        let three = try fixture.signIn()
        let first = try #require(try fixture.principal(one))
        try fixture.accounts.signOut(principal: first, client: fixture.client())
        #expect(try fixture.principal(one) == nil)
        #expect(throws: AccountError.refreshInvalid) {
            try fixture.accounts.refresh(token: one.refreshToken, client: fixture.client())
        }
        let second = try #require(try fixture.principal(two))
        #expect(try fixture.accounts.sessions(principal: second).count == 2)
        try fixture.accounts.revokeSession(
            principal: second, id: three.sessionID, client: fixture.client())
        #expect(try fixture.principal(three) == nil)
        #expect(throws: AccountError.notFound) {
            try fixture.accounts.revokeSession(
                principal: second, id: three.sessionID, client: fixture.client())
        }
        _ = try fixture.accounts.setRoles(["editor"], of: "alice@example.com")
        #expect(try fixture.principal(two) == nil)
        let renewed = try fixture.accounts.refresh(
            token: two.refreshToken, client: fixture.client())
        #expect(try fixture.principal(renewed)?.roles == ["editor"])
        try fixture.accounts.lock("alice@example.com")
        #expect(try fixture.principal(renewed) == nil)
        #expect(throws: AccountError.refreshInvalid) {
            try fixture.accounts.refresh(token: renewed.refreshToken, client: fixture.client())
        }
    }

    @Test func `tells other programs on the same database`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let tokens = try fixture.signIn()
        let elsewhere = try AccountsFixture(database: fixture.database)
        try elsewhere.accounts.lock("alice@example.com")
        #expect(try fixture.principal(tokens) != nil)
        try fixture.accounts.followChanges()
        #expect(try fixture.principal(tokens) == nil)
        let restarted = try AccountsFixture(database: fixture.database)
        #expect(
            restarted.accounts.revocations.isRevoked(
                try fixture.verifier.verify(tokens.accessToken.raw, now: fixture.now).principal))
    }

    @Test func `blocks a run of guesses, and lets a known device in`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let device = try #require(try fixture.signIn().device)
        var reached = 0
        for index in 0..<300 {
            do {
                _ = try fixture.signIn(
                    "alice@example.com", "guess number \(index)",
                    from: fixture.client(UInt32(index) << 8))
            } catch AccountError.invalidCredentials { reached += 1 } catch {}
        }
        #expect(reached <= 6)
        #expect(throws: AccountError.self) { try fixture.signIn(from: fixture.client(0x0B00_0001)) }
        let tokens = try fixture.signIn(from: fixture.client(0x0B00_0001, device: device))
        #expect(tokens.device == nil)
        // Somebody else's device does not count.
        try fixture.register("bob@example.com")
        #expect(throws: AccountError.self) {
            try fixture.signIn(
                "alice@example.com",
                from: fixture.client(0x0B00_0001, device: String(device.reversed())))
        }
    }

    @Test func `changes passwords for the owner alone, and ends other sessions`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let one = try fixture.signIn()
        let two = try fixture.signIn()
        let principal = try #require(try fixture.principal(one))
        #expect(throws: AccountError.invalidCredentials) {
            try fixture.accounts.changePassword(
                principal: principal, current: "wrong", new: AccountsFixture.other, code: nil,
                client: fixture.client())
        }
        #expect(throws: AccountError.passwordRefused(.holdsName)) {
            try fixture.accounts.changePassword(
                principal: principal, current: AccountsFixture.password, new: "alice@example.com",
                code: nil, client: fixture.client())
        }
        _ = try fixture.mails()
        try fixture.accounts.changePassword(
            principal: principal, current: AccountsFixture.password, new: AccountsFixture.other,
            code: nil, client: fixture.client())
        #expect(try fixture.principal(one) != nil)
        #expect(try fixture.principal(two) == nil)
        #expect(try fixture.mails().map(\.template) == [.passwordChanged])
        #expect(throws: AccountError.invalidCredentials) { try fixture.signIn() }
        _ = try fixture.signIn("alice@example.com", AccountsFixture.other)
    }

    @Test func `resets a forgotten password once, and ends all sessions`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let old = try fixture.signIn()
        _ = try fixture.mails()
        try fixture.accounts.forgotPassword(email: "nobody@example.com", client: fixture.client())
        #expect(try fixture.mails().isEmpty)
        try fixture.accounts.forgotPassword(email: "alice@example.com", client: fixture.client())
        let mail = try #require(try fixture.mails().first)
        let token = try #require(mail.values["token"])
        #expect(throws: AccountError.passwordRefused(.tooEasy)) {
            _ = try fixture.accounts.resetPassword(
                token: token, password: "password1", client: fixture.client())
        }
        _ = try fixture.accounts.resetPassword(
            token: token, password: AccountsFixture.other, client: fixture.client())
        #expect(try fixture.principal(old) == nil)
        #expect(throws: AccountError.linkInvalid) {
            _ = try fixture.accounts.resetPassword(
                token: token, password: AccountsFixture.other, client: fixture.client())
        }
        _ = try fixture.signIn("alice@example.com", AccountsFixture.other)
    }

    @Test func `changes the address by a link to the new one, and tells the old one`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        try fixture.register("taken@example.com")
        let principal = try #require(try fixture.principal(try fixture.signIn()))
        _ = try fixture.mails()
        func change(_ email: String) throws {
            try fixture.accounts.changeEmail(
                principal: principal, password: AccountsFixture.password, code: nil, email: email,
                client: fixture.client())
        }
        try change("taken@example.com")
        #expect(try fixture.mails().map(\.template) == [.alreadyRegistered])
        try change("new@example.com")
        let mail = try #require(try fixture.mails().first)
        #expect(mail.recipient == "new@example.com")
        _ = try fixture.signIn()
        try fixture.accounts.confirmEmailChange(
            token: try #require(mail.values["token"]), client: fixture.client())
        let told = try fixture.mails().filter { $0.template == .emailChanged }
        #expect(told.map(\.recipient) == ["alice@example.com"])
        #expect(throws: AccountError.invalidCredentials) { try fixture.signIn() }
        _ = try fixture.signIn("new@example.com")
    }

    @Test func `deletes an account with everything that is its own`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let tokens = try fixture.signIn()
        let principal = try #require(try fixture.principal(tokens))
        try fixture.accounts.deleteAccount(
            principal: principal, password: AccountsFixture.password, code: nil,
            client: fixture.client())
        #expect(try fixture.principal(tokens) == nil)
        let left = try fixture.database.read { connection in
            try connection.row(
                """
                SELECT (SELECT COUNT(*) FROM accounts) + (SELECT COUNT(*) FROM sessions)
                    + (SELECT COUNT(*) FROM devices) AS n
                """)?.integer("n")
        }
        #expect(left == 0)
        #expect(try fixture.mails().last?.template == .accountDeleted)
        try fixture.register()
    }
}
