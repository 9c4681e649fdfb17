import GatehouseCore
import GatehouseStorage
import Testing

@testable import GatehouseIdentity

@Suite struct RegistrationTests {
    @Test func `refuses what is no address, weak passwords and closed registration`() throws {
        let fixture = try AccountsFixture()
        let accounts = fixture.accounts
        for email in [
            "", "alice", "a@b", "@example.com", "a b@example.com", "a@-x.com", "a..b@c.de",
        ] {
            #expect(throws: AccountError.emailInvalid) {
                try accounts.register(
                    email: email, password: AccountsFixture.password, name: "",
                    client: fixture.client())
            }
        }
        #expect(throws: AccountError.passwordRefused(.tooShort)) {
            try accounts.register(
                email: "a@example.com", password: "short", name: "", client: fixture.client())
        }
        #expect(throws: AccountError.invalid("name")) {
            try accounts.register(
                email: "a@example.com", password: AccountsFixture.password, name: "a\nb",
                client: fixture.client())
        }
        let closed = try AccountsFixture { $0.registration = .closed }
        #expect(throws: AccountError.registrationClosed) { try closed.register() }
        #expect(try fixture.accounts.count() == 0)
    }

    @Test func `tells the owner, not the caller, that an address has an account`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        for email in ["alice@example.com", " ALICE@Example.COM "] {
            try fixture.accounts.register(
                email: email, password: AccountsFixture.other, name: "", client: fixture.client())
            #expect(try fixture.mails().map(\.template) == [.alreadyRegistered])
        }
        #expect(try fixture.accounts.count() == 1)
        _ = try fixture.signIn()
    }

    @Test func `signs nobody in before the address was confirmed`() throws {
        let fixture = try AccountsFixture()
        try fixture.accounts.register(
            email: "a@example.com", password: AccountsFixture.password, name: "",
            client: fixture.client())
        #expect(throws: AccountError.emailUnconfirmed) { try fixture.signIn("a@example.com") }
        #expect(throws: AccountError.invalidCredentials) {
            try fixture.signIn("a@example.com", AccountsFixture.other)
        }
        try fixture.accounts.resendConfirmation(email: "a@example.com", client: fixture.client())
        try fixture.accounts.resendConfirmation(email: "b@example.com", client: fixture.client())
        let mails = try fixture.mails()
        #expect(mails.map(\.template) == [.confirmEmail, .confirmEmail])
        let token = try #require(mails[1].values["token"])
        try fixture.accounts.confirmEmail(token: token, client: fixture.client())
        #expect(throws: AccountError.linkInvalid) {
            try fixture.accounts.confirmEmail(token: token, client: fixture.client())
        }
        _ = try fixture.signIn("a@example.com")
    }

    @Test func `refuses a link that is too old`() throws {
        let fixture = try AccountsFixture()
        try fixture.accounts.register(
            email: "a@example.com", password: AccountsFixture.password, name: "",
            client: fixture.client())
        let token = try #require(try fixture.mails().first?.values["token"])
        fixture.pass(.seconds(86_401))
        #expect(throws: AccountError.linkInvalid) {
            try fixture.accounts.confirmEmail(token: token, client: fixture.client())
        }
    }

    @Test func `keeps no address, name, token or password in clear`() throws {
        let fixture = try AccountsFixture()
        try fixture.accounts.register(
            email: "findme@example.com", password: AccountsFixture.password, name: "Findme Person",
            client: fixture.client())
        let rows = try fixture.database.read { connection in
            var texts: [String] = []
            let statements: [SQLStatement] = [
                "SELECT * FROM accounts", "SELECT * FROM outbox", "SELECT * FROM links",
            ]
            for statement in statements {
                for row in try connection.rows(statement) { texts.append("\(row.values)") }
            }
            return texts.joined()
        }
        #expect(!rows.lowercased().contains("findme"))
        #expect(!rows.contains("zwerge"))
        #expect(rows.contains("argon2id"))
    }

    @Test func `sends one address no flood of mails`() throws {
        let fixture = try AccountsFixture()
        var refused = 0
        for index in 0..<40 {
            do {
                try fixture.accounts.forgotPassword(
                    email: "victim@example.com", client: fixture.client(UInt32(index) << 16))
            } catch { refused += 1 }
        }
        #expect(refused >= 30)
    }
}
