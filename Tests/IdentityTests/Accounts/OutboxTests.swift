import GatehouseCore
import Testing

@testable import GatehouseIdentity

@Suite(.eachEngine) struct OutboxTests {
    private func queueOne(_ fixture: AccountsFixture) throws {
        try fixture.accounts.register(
            email: "a@example.com", password: AccountsFixture.password, name: "",
            client: fixture.client())
    }

    @Test func `gives a mail to one sender, and to another when that one dies`() throws {
        let fixture = try AccountsFixture()
        try queueOne(fixture)
        let mail = try #require(try fixture.accounts.claimMail())
        #expect(try fixture.accounts.claimMail() == nil)
        fixture.pass(.seconds(301))
        let again = try #require(try fixture.accounts.claimMail())
        #expect(again.id == mail.id)
        #expect(again.attempts == 1)
        #expect(again.values == mail.values)
        try fixture.accounts.markSent(again)
        fixture.pass(.seconds(100_000))
        #expect(try fixture.accounts.claimMail() == nil)
    }

    @Test func `tries again later and later, and gives up in the end`() throws {
        let fixture = try AccountsFixture()
        try queueOne(fixture)
        var tries = 0
        for _ in 0..<400 {
            if let mail = try fixture.accounts.claimMail() {
                tries += 1
                try fixture.accounts.markFailed(mail, isFinal: false)
            }
            fixture.pass(.seconds(600))
        }
        #expect(tries == Accounts.mailAttemptsMax)
        let counts = try fixture.accounts.outboxCounts()
        #expect(counts.waiting == 0)
        #expect(counts.failed == 1)
    }
}
