import GatehouseCore
import Testing

@testable import GatehouseIdentity

@Suite(.eachEngine) struct APIKeyTests {
    private func make(
        _ fixture: AccountsFixture, _ principal: Principal, permissions: [String] = ["notes:read"],
        life: Duration = .seconds(86_400)
    ) throws -> (key: APIKeyInfo, secret: Redacted<String>) {
        try fixture.accounts.createAPIKey(
            principal: principal, password: AccountsFixture.password, code: nil, name: "ci",
            permissions: permissions, life: life, client: fixture.client())
    }

    @Test func `refuses keys that are unknown, changed, ended, revoked or of a locked account`()
        throws
    {
        let fixture = try AccountsFixture()
        try fixture.register()
        let principal = try #require(try fixture.principal(try fixture.signIn()))
        let (key, secret) = try make(fixture, principal)
        let text = secret.dangerouslyRevealed
        for bad in ["", "gk1_", "gk1_x.y", text + "x", String(text.dropLast()), "gk1_\(key.id)."] {
            #expect(try fixture.accounts.authenticate(apiKey: bad) == nil)
        }
        let caller = try #require(try fixture.accounts.authenticate(apiKey: text))
        #expect(caller.subject == principal.subject)
        #expect(caller.permissions == ["notes:read"])
        #expect(caller.roles.isEmpty)
        try fixture.accounts.lock("alice@example.com")
        #expect(try fixture.accounts.authenticate(apiKey: text) == nil)
        #expect(fixture.accounts.revocations.isRevoked(caller))
        try fixture.accounts.unlock("alice@example.com")
        #expect(try fixture.accounts.authenticate(apiKey: text) != nil)
        fixture.pass(.seconds(86_401))
        #expect(try fixture.accounts.authenticate(apiKey: text) == nil)
    }

    @Test func `ends a key for its owner alone`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        try fixture.register("bob@example.com")
        let alice = try #require(try fixture.principal(try fixture.signIn()))
        let bob = try #require(try fixture.principal(try fixture.signIn("bob@example.com")))
        let (key, secret) = try make(fixture, alice)
        let caller = try #require(
            try fixture.accounts.authenticate(apiKey: secret.dangerouslyRevealed))
        #expect(throws: AccountError.notFound) {
            try fixture.accounts.revokeAPIKey(principal: bob, id: key.id, client: fixture.client())
        }
        #expect(try fixture.accounts.apiKeys(principal: alice).first?.lastUsed == fixture.now)
        try fixture.accounts.revokeAPIKey(principal: alice, id: key.id, client: fixture.client())
        #expect(fixture.accounts.revocations.isRevoked(caller))
        #expect(
            try fixture.accounts.authenticate(apiKey: secret.dangerouslyRevealed) == nil)
    }

    @Test func `refuses keys without end, without permissions or with odd ones`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let principal = try #require(try fixture.principal(try fixture.signIn()))
        #expect(throws: AccountError.invalid("expires_in")) {
            _ = try make(fixture, principal, life: .seconds(400 * 86_400))
        }
        for permissions in [[], ["a b"], [String(repeating: "a", count: 101)]] {
            #expect(throws: AccountError.invalid("permissions")) {
                _ = try make(fixture, principal, permissions: permissions)
            }
        }
    }
}
