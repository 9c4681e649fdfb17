import GatehouseCore
import Testing

@testable import GatehouseIdentity

@Suite(.eachEngine) struct RefreshTests {
    @Test func `refuses tokens that are forged, of other sessions or cut`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let tokens = try fixture.signIn()
        let text = tokens.refreshToken.dangerouslyRevealed
        var changed = Array(text)
        changed[changed.count - 3] = changed[changed.count - 3] == "A" ? "B" : "A"
        for bad in ["", "gr1_", String(text.dropLast()), text + "A", String(changed), "gr1_AAAA"] {
            #expect(throws: AccountError.refreshInvalid) {
                try fixture.accounts.refresh(token: Redacted(bad), client: fixture.client())
            }
        }
        // None of them ended the session.
        _ = try fixture.accounts.refresh(token: tokens.refreshToken, client: fixture.client())
    }

    @Test func `ends the family when a used token comes back`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let stolen = try fixture.signIn()
        let next = try fixture.accounts.refresh(
            token: stolen.refreshToken, client: fixture.client())
        fixture.pass(.seconds(11))
        #expect(throws: AccountError.refreshInvalid) {
            try fixture.accounts.refresh(token: stolen.refreshToken, client: fixture.client())
        }
        #expect(fixture.events.kinds.contains(.tokenReuse))
        #expect(throws: AccountError.refreshInvalid) {
            try fixture.accounts.refresh(token: next.refreshToken, client: fixture.client())
        }
        #expect(try fixture.principal(next) == nil)
        // Other sessions of the owner go on.
        let other = try fixture.signIn()
        _ = try fixture.accounts.refresh(token: other.refreshToken, client: fixture.client())
    }

    @Test func `ends the family at once when an older token comes back, also within the window`()
        throws
    {
        let fixture = try AccountsFixture()
        try fixture.register()
        let first = try fixture.signIn()
        let second = try fixture.accounts.refresh(
            token: first.refreshToken, client: fixture.client())
        _ = try fixture.accounts.refresh(token: second.refreshToken, client: fixture.client())
        #expect(throws: AccountError.refreshInvalid) {
            try fixture.accounts.refresh(token: first.refreshToken, client: fixture.client())
        }
        #expect(fixture.events.kinds.contains(.tokenReuse))
    }

    @Test func `answers a lost response with the same successor`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let first = try fixture.signIn()
        let one = try fixture.accounts.refresh(token: first.refreshToken, client: fixture.client())
        fixture.pass(.seconds(9))
        let again = try fixture.accounts.refresh(
            token: first.refreshToken, client: fixture.client())
        #expect(one.refreshToken.dangerouslyRevealed == again.refreshToken.dangerouslyRevealed)
        _ = try fixture.accounts.refresh(token: again.refreshToken, client: fixture.client())
    }

    @Test func `ends with one live family after 64 parallel refreshes`() async throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let tokens = try fixture.signIn()
        let successors = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<64 {
                group.addTask { @concurrent in
                    try? fixture.accounts.refresh(
                        token: tokens.refreshToken, client: fixture.client()
                    ).refreshToken.dangerouslyRevealed
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(successors.count == 64)
        #expect(Set(successors).count == 1)
        let last = try #require(successors.first ?? nil)
        _ = try fixture.accounts.refresh(token: Redacted(last), client: fixture.client())
        #expect(!fixture.events.kinds.contains(.tokenReuse))
    }

    @Test func `ends unused sessions, and all sessions in the end`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let idle = try fixture.signIn()
        fixture.pass(.seconds(30 * 86_400 + 1))
        #expect(throws: AccountError.refreshInvalid) {
            try fixture.accounts.refresh(token: idle.refreshToken, client: fixture.client())
        }
        var busy = try fixture.signIn()
        for _ in 0..<4 {
            fixture.pass(.seconds(20 * 86_400))
            busy = try fixture.accounts.refresh(token: busy.refreshToken, client: fixture.client())
        }
        fixture.pass(.seconds(10 * 86_400 + 1))
        #expect(throws: AccountError.refreshInvalid) {
            try fixture.accounts.refresh(token: busy.refreshToken, client: fixture.client())
        }
    }
}
