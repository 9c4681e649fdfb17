import GatehouseCore
import GatehouseStorage
import TestSupport
import Testing

@testable import GatehouseIdentity

/// One walk through accounts on a real PostgreSQL server, by name; suites that are marked
/// `.eachEngine` run on it as well.
@Suite(.enabled(if: PostgreSQLServer.isInstalled, "PostgreSQL is not installed"))
struct PostgreSQLAccountsTests {
    private func fixture() throws -> AccountsFixture {
        let server = try PostgreSQLServer.shared()
        return try AccountsFixture(database: try PostgreSQLDatabase(url: try server.newDatabase()))
    }

    @Test func `refuses what is wrong and revoked, and signs in`() throws {
        let fixture = try fixture()
        try fixture.register()
        #expect(throws: AccountError.invalidCredentials) {
            try fixture.signIn("alice@example.com", AccountsFixture.other)
        }
        try fixture.accounts.register(
            email: "alice@example.com", password: AccountsFixture.other, name: "",
            client: fixture.client())
        let tokens = try fixture.signIn()
        #expect(try fixture.mails().map(\.template) == [.alreadyRegistered])
        let (enrolment, codes) = try fixture.enrol(tokens)
        guard
            case .needsFactor(let challenge) = try fixture.accounts.signIn(
                email: "alice@example.com", password: AccountsFixture.password,
                client: fixture.client())
        else {
            Issue.record("no second factor was asked for")
            return
        }
        #expect(throws: AccountError.codeInvalid) {
            _ = try fixture.accounts.completeFactor(
                challenge: challenge, code: "000000", client: fixture.client())
        }
        let full = try fixture.accounts.completeFactor(
            challenge: challenge, code: try fixture.code(enrolment), client: fixture.client())
        let principal = try #require(try fixture.principal(full))
        let key = try fixture.accounts.createAPIKey(
            principal: principal, password: AccountsFixture.password, code: codes[0], name: "ci",
            permissions: ["notes:read"], life: .seconds(100), client: fixture.client())
        #expect(
            try fixture.accounts.authenticate(apiKey: key.secret.dangerouslyRevealed)?.permissions
                == ["notes:read"])
        try fixture.accounts.lock("alice@example.com")
        #expect(try fixture.principal(full) == nil)
        try fixture.accounts.tidy()
        #expect(try fixture.accounts.accounts().count == 1)
    }
}
