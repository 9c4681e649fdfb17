import GatehouseCore
import GatehouseCrypto
import Testing

@testable import GatehouseIdentity

@Suite(.eachEngine) struct FactorTests {
    private func challenge(_ result: SignInResult) throws -> Redacted<String> {
        switch result {
        case .needsFactor(let challenge), .mustEnrol(let challenge): return challenge
        case .complete: throw AccountsFixture.Unfinished()
        }
    }

    private func begin(_ fixture: AccountsFixture) throws -> SignInResult {
        try fixture.accounts.signIn(
            email: "alice@example.com", password: AccountsFixture.password, client: fixture.client()
        )
    }

    @Test func `asks for the code once a factor is enrolled, and takes each code once`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let first = try fixture.signIn()
        let (enrolment, codes) = try fixture.enrol(first)
        #expect(codes.count == 10)
        let step = try challenge(try begin(fixture))
        let code = try fixture.code(enrolment)
        #expect(throws: AccountError.codeInvalid) {
            _ = try fixture.accounts.completeFactor(
                challenge: step, code: "000000", client: fixture.client())
        }
        let tokens = try fixture.accounts.completeFactor(
            challenge: step, code: code, client: fixture.client())
        #expect(try fixture.principal(tokens)?.authentication.methods == ["pwd", "otp", "mfa"])
        #expect(try fixture.principal(tokens)?.authentication.context == "2")
        #expect(throws: AccountError.challengeInvalid) {
            _ = try fixture.accounts.completeFactor(
                challenge: step, code: code, client: fixture.client())
        }
        let again = try challenge(try begin(fixture))
        #expect(throws: AccountError.codeInvalid) {
            _ = try fixture.accounts.completeFactor(
                challenge: again, code: code, client: fixture.client())
        }
    }

    @Test(arguments: [OneTimeMAC.sha1, .sha256, .sha512], [6, 8])
    func `takes codes of the shape that was enrolled, whatever is configured later`(
        hash: OneTimeMAC, digits: Int
    ) throws {
        let fixture = try AccountsFixture {
            $0.codeShape = CodeShape(hash: hash, digits: digits)
        }
        try fixture.register()
        let (enrolment, _) = try fixture.enrol(try fixture.signIn())
        let uri = enrolment.uri.dangerouslyRevealed
        #expect(uri.contains("algorithm=\(hash.rawValue)&digits=\(digits)&period=30"))
        let code = try fixture.code(enrolment)
        #expect(code.utf8.count == digits)
        let later = try fixture.reopened { $0.codeShape = CodeShape() }
        let step = try challenge(
            try later.signIn(
                email: "alice@example.com", password: AccountsFixture.password,
                client: fixture.client()))
        _ = try later.completeFactor(challenge: step, code: code, client: fixture.client())
    }

    @Test func `takes codes of a token that counts, each once`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let principal = try #require(try fixture.principal(try fixture.signIn()))
        let enrolment = try fixture.accounts.beginTOTP(
            principal: principal, password: AccountsFixture.password, kind: .hotp,
            client: fixture.client())
        #expect(enrolment.uri.dangerouslyRevealed.hasPrefix("otpauth://hotp/"))
        #expect(enrolment.uri.dangerouslyRevealed.hasSuffix("&counter=0"))
        let secret = try #require(Base32.decode(enrolment.secret.dangerouslyRevealed))
        let password = OneTimePassword(secret: Redacted(secret))
        func code(_ counter: UInt64) -> String {
            String(decoding: password.code(counter: counter), as: UTF8.self)
        }
        _ = try fixture.accounts.confirmTOTP(
            principal: principal, code: code(0), client: fixture.client())
        for wrong in [code(0), code(7)] {
            let step = try challenge(try begin(fixture))
            #expect(throws: AccountError.codeInvalid) {
                _ = try fixture.accounts.completeFactor(
                    challenge: step, code: wrong, client: fixture.client())
            }
        }
        let step = try challenge(try begin(fixture))
        _ = try fixture.accounts.completeFactor(
            challenge: step, code: code(2), client: fixture.client())
    }

    @Test func `is inert until its first code was shown`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let principal = try #require(try fixture.principal(try fixture.signIn()))
        _ = try fixture.accounts.beginTOTP(
            principal: principal, password: AccountsFixture.password, client: fixture.client())
        #expect(throws: AccountError.codeInvalid) {
            _ = try fixture.accounts.confirmTOTP(
                principal: principal, code: "123456", client: fixture.client())
        }
        _ = try fixture.signIn()
    }

    @Test func `ends other sessions when a factor is added, and mails the owner`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let other = try fixture.signIn()
        let own = try fixture.signIn()
        _ = try fixture.mails()
        _ = try fixture.enrol(own)
        #expect(try fixture.principal(other) == nil)
        #expect(try fixture.principal(own) != nil)
        #expect(try fixture.mails().map(\.template) == [.factorAdded])
    }

    @Test func `takes each recovery code once`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let (_, codes) = try fixture.enrol(try fixture.signIn())
        let step = try challenge(try begin(fixture))
        let tokens = try fixture.accounts.completeFactor(
            challenge: step, code: codes[3].lowercased(), client: fixture.client())
        let principal = try #require(try fixture.principal(tokens))
        #expect(principal.authentication.methods == ["pwd", "rc", "mfa"])
        #expect(try fixture.accounts.profile(principal: principal).recoveryCodesLeft == 9)
        let again = try challenge(try begin(fixture))
        #expect(throws: AccountError.codeInvalid) {
            _ = try fixture.accounts.completeFactor(
                challenge: again, code: codes[3], client: fixture.client())
        }
        let new = try fixture.accounts.replaceRecoveryCodes(
            principal: principal, password: AccountsFixture.password, code: codes[4],
            client: fixture.client())
        #expect(Set(new).isDisjoint(with: codes))
        #expect(throws: AccountError.codeInvalid) {
            _ = try fixture.accounts.completeFactor(
                challenge: again, code: codes[5], client: fixture.client())
        }
    }

    @Test func `allows five tries of a challenge, and rests after wrong codes`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let (enrolment, _) = try fixture.enrol(try fixture.signIn())
        let step = try challenge(try begin(fixture))
        for index in 0..<5 {
            #expect(throws: AccountError.codeInvalid) {
                _ = try fixture.accounts.completeFactor(
                    challenge: step, code: "00000\(index)",
                    client: fixture.client(UInt32(index + 1) << 16))
            }
        }
        #expect(throws: AccountError.challengeInvalid) {
            _ = try fixture.accounts.completeFactor(
                challenge: step, code: try fixture.code(enrolment), client: fixture.client(99 << 16)
            )
        }
        fixture.pass(.seconds(301))
        #expect(throws: AccountError.challengeInvalid) {
            _ = try fixture.accounts.completeFactor(
                challenge: step, code: try fixture.code(enrolment), client: fixture.client(98 << 16)
            )
        }
    }

    @Test func `lets nobody remove a factor that the policy asks for`() throws {
        let fixture = try AccountsFixture { $0.factorPolicy = .requiredFor(["admin"]) }
        try fixture.register()
        let own = try fixture.signIn()
        let (enrolment, codes) = try fixture.enrol(own)
        let principal = try #require(try fixture.principal(own))
        #expect(throws: AccountError.codeInvalid) {
            try fixture.accounts.removeTOTP(
                principal: principal, password: AccountsFixture.password, code: nil,
                client: fixture.client())
        }
        _ = try fixture.accounts.setRoles(["admin"], of: "alice@example.com")
        #expect(throws: AccountError.factorRequired) {
            try fixture.accounts.removeTOTP(
                principal: principal, password: AccountsFixture.password,
                code: try fixture.code(enrolment), client: fixture.client())
        }
        _ = try fixture.accounts.setRoles([], of: "alice@example.com")
        try fixture.accounts.removeTOTP(
            principal: principal, password: AccountsFixture.password, code: codes[0],
            client: fixture.client())
        _ = try fixture.signIn()
    }

    @Test func `steps up in the running session`() throws {
        let fixture = try AccountsFixture()
        try fixture.register()
        let own = try fixture.signIn()
        let (enrolment, _) = try fixture.enrol(own)
        let principal = try #require(try fixture.principal(own))
        #expect(throws: AccountError.codeInvalid) {
            _ = try fixture.accounts.stepUp(
                principal: principal, password: AccountsFixture.password, code: nil,
                client: fixture.client())
        }
        let (token, _) = try fixture.accounts.stepUp(
            principal: principal, password: nil, code: try fixture.code(enrolment),
            client: fixture.client())
        let fresh = try fixture.verifier.verify(token.raw, now: fixture.now).principal
        #expect(fresh.authentication.time == fixture.now)
        #expect(fresh.authentication.methods.contains("mfa"))
        #expect(fresh.session?.id == principal.session?.id)
    }

    /// Enrolment through the challenge proves the factor; the challenge for a code does not.
    private func enrolBySignIn(
        _ fixture: AccountsFixture, _ enrolling: Redacted<String>
    ) throws -> (TOTPEnrolment, IssuedTokens) {
        #expect(throws: AccountError.challengeInvalid) {
            _ = try fixture.accounts.completeFactor(
                challenge: enrolling, code: "123456", client: fixture.client())
        }
        let again = try challenge(try begin(fixture))
        let enrolment = try fixture.accounts.beginTOTP(challenge: again, client: fixture.client())
        let (_, tokens) = try fixture.accounts.confirmTOTP(
            challenge: again, code: try fixture.code(enrolment), client: fixture.client())
        let methods = try fixture.principal(tokens)?.authentication.methods
        #expect(methods?.contains("mfa") == true)
        fixture.pass(.seconds(90))
        return (enrolment, tokens)
    }

    /// Every operation that can end in tokens, for an account whose policy demands a factor.
    @Test func `leads around the second factor by no way`() throws {
        let fixture = try AccountsFixture { $0.factorPolicy = .required }
        let accounts = fixture.accounts
        try fixture.register()
        var ways: [String: SignInResult] = [:]
        ways["password"] = try begin(fixture)
        try accounts.forgotPassword(email: "alice@example.com", client: fixture.client())
        let reset = try #require(try fixture.mails().last?.values["token"])
        ways["reset before enrolment"] = try accounts.resetPassword(
            token: reset, password: AccountsFixture.password, client: fixture.client())
        let setUp = try accounts.createSetUpLink(roles: ["admin"])
        ways["first administrator"] = try accounts.redeemSetUpLink(
            token: setUp.dangerouslyRevealed, email: "root@example.com",
            password: AccountsFixture.other, client: fixture.client())
        let (_, link) = try accounts.addAccount(email: "new@example.com", name: "", roles: [])
        ways["set-up link"] = try accounts.redeemSetUpLink(
            token: link.dangerouslyRevealed, email: "", password: AccountsFixture.other,
            client: fixture.client())
        for (way, result) in ways {
            guard case .mustEnrol = result else {
                Issue.record("\(way) gave tokens")
                continue
            }
        }
        let (enrolment, tokens) = try enrolBySignIn(fixture, try challenge(ways["password"]!))
        // With a factor, every way asks for its code: also a reset and a refresh after one.
        guard case .needsFactor = try begin(fixture) else {
            Issue.record("password gave tokens")
            return
        }
        try accounts.forgotPassword(email: "alice@example.com", client: fixture.client())
        let later = try #require(try fixture.mails().last?.values["token"])
        guard
            case .needsFactor(let step) = try accounts.resetPassword(
                token: later, password: AccountsFixture.other, client: fixture.client())
        else {
            Issue.record("reset gave tokens")
            return
        }
        #expect(throws: AccountError.refreshInvalid) {
            try accounts.refresh(token: tokens.refreshToken, client: fixture.client())
        }
        // A challenge for the code cannot be used to enrol another phone.
        #expect(throws: AccountError.challengeInvalid) {
            _ = try accounts.beginTOTP(challenge: step, client: fixture.client())
        }
        try accounts.resetFactors(of: "alice@example.com")
        #expect(throws: AccountError.challengeInvalid) {
            _ = try accounts.completeFactor(
                challenge: step, code: try fixture.code(enrolment), client: fixture.client())
        }
        guard
            case .mustEnrol = try accounts.signIn(
                email: "alice@example.com", password: AccountsFixture.other,
                client: fixture.client())
        else {
            Issue.record("reset-mfa opened the account")
            return
        }
    }
}
