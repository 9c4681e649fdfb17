import Foundation
import GatehouseCore
import GatehouseStorage
import Synchronization
import TestSupport
import Testing

@testable import GatehouseIdentity

/// What is good once, used at the same moment at two gates on one PostgreSQL: the database decides,
/// and one wins.
@Suite(
    .serialized, .enabled(if: PostgreSQLServer.isInstalled, "PostgreSQL is not installed"))
struct SingleUseTests {
    private static let rounds = 6
    /// Uses at once, half of them at each gate.
    private static let uses = 8

    private struct Gates {
        let fixture: AccountsFixture
        let all: [Accounts]

        init() throws {
            let url = try PostgreSQLServer.shared().newDatabase()
            fixture = try AccountsFixture(database: try PostgreSQLDatabase(url: url))
            all = [
                fixture.accounts, try fixture.reopened(on: try PostgreSQLDatabase(url: url)),
            ]
        }

        /// Runs `body` on both gates from many threads that start together; what it returned.
        func race<Value: Sendable>(
            _ count: Int = SingleUseTests.uses,
            _ body: @escaping @Sendable (Accounts, Int) throws -> Value
        ) -> [Value] {
            let won = Mutex<[Value]>([])
            let ready = Mutex(0)
            let go = DispatchGroup()
            for index in 0..<count {
                let accounts = all[index % all.count]
                go.enter()
                Thread.detachNewThread {
                    ready.withLock { $0 += 1 }
                    while ready.withLock({ $0 }) < count { sched_yield() }
                    if let value = try? body(accounts, index) { won.withLock { $0.append(value) } }
                    go.leave()
                }
            }
            go.wait()
            return won.withLock { $0 }
        }

        func challenge(_ accounts: Accounts) throws -> Redacted<String> {
            let result = try accounts.signIn(
                email: "alice@example.com", password: AccountsFixture.password,
                client: fixture.client())
            guard case .needsFactor(let challenge) = result else { throw AccountError.notFound }
            return challenge
        }
    }

    @Test func `one of many uses of a one-time code is accepted`() throws {
        let gates = try Gates()
        let fixture = gates.fixture
        try fixture.register()
        let (enrolment, _) = try fixture.enrol(try fixture.signIn())
        var wins: [Int] = []
        for _ in 0..<Self.rounds {
            fixture.pass(.seconds(3_600))
            let challenges = try (0..<Self.uses).map { try gates.challenge(gates.all[$0 % 2]) }
            let code = try fixture.code(enrolment)
            wins.append(
                gates.race { accounts, index in
                    try accounts.completeFactor(
                        challenge: challenges[index], code: code, client: fixture.client())
                }.count)
        }
        print("single use: one-time codes, wins of \(Self.uses) uses: \(wins)")
        #expect(wins.allSatisfy { $0 == 1 })
    }

    @Test func `one of many uses of a recovery code, and of a challenge, is accepted`() throws {
        let gates = try Gates()
        let fixture = gates.fixture
        try fixture.register()
        let (_, codes) = try fixture.enrol(try fixture.signIn())
        var wins: [Int] = []
        for code in codes.prefix(4) {
            fixture.pass(.seconds(3_600))
            let challenges = try (0..<Self.uses).map { try gates.challenge(gates.all[$0 % 2]) }
            wins.append(
                gates.race { accounts, index in
                    try accounts.completeFactor(
                        challenge: challenges[index], code: code, client: fixture.client())
                }.count)
        }
        // Each use of one challenge has a right code of its own.
        fixture.pass(.seconds(3_600))
        let challenge = try gates.challenge(gates.all[0])
        wins.append(
            gates.race(4) { accounts, index in
                try accounts.completeFactor(
                    challenge: challenge, code: codes[4 + index], client: fixture.client())
            }.count)
        print("single use: recovery codes and a challenge: \(wins)")
        #expect(wins.allSatisfy { $0 == 1 })
    }

    @Test func `many uses of a refresh token leave one session with one successor`() throws {
        let gates = try Gates()
        let fixture = gates.fixture
        try fixture.register()
        var token = try fixture.signIn().refreshToken
        for _ in 0..<Self.rounds {
            let used = token
            let answers = gates.race { accounts, _ in
                try accounts.refresh(token: used, client: fixture.client()).refreshToken
            }
            #expect(Set(answers.map(\.dangerouslyRevealed)).count == 1 && answers.count > 0)
            token = try #require(answers.first)
        }
        // A used one ends the session at both, whoever is shown it.
        let old = token
        token = try gates.all[0].refresh(token: old, client: fixture.client()).refreshToken
        fixture.pass(.seconds(60))
        let last = token
        let stolen = gates.race { accounts, index in
            try accounts.refresh(token: index < 6 ? old : last, client: fixture.client())
        }
        #expect(stolen.count <= 2)
        for accounts in gates.all {
            #expect(throws: AccountError.refreshInvalid) {
                _ = try accounts.refresh(token: last, client: fixture.client())
            }
        }
    }

    @Test func `one of many uses of each link counts`() throws {
        let gates = try Gates()
        let fixture = gates.fixture
        var wins: [String: [Int]] = [:]
        func note(_ what: String, _ count: Int) { wins[what, default: []].append(count) }
        for round in 0..<Self.rounds {
            fixture.pass(.seconds(7_200))
            let email = "user\(round)@example.com"
            try fixture.accounts.register(
                email: email, password: AccountsFixture.password, name: "",
                client: fixture.client(0x0A00_0000 + UInt32(round)))
            let confirm = try #require(try fixture.mails().last?.values["token"])
            note(
                "confirm",
                gates.race { accounts, _ in
                    try accounts.confirmEmail(token: confirm, client: fixture.client())
                }.count)
            try fixture.accounts.forgotPassword(
                email: email, client: fixture.client(0x0B00_0000 + UInt32(round)))
            let reset = try #require(try fixture.mails().last?.values["token"])
            note(
                "reset",
                gates.race { accounts, _ in
                    try accounts.resetPassword(
                        token: reset, password: AccountsFixture.other, client: fixture.client())
                }.count)
            let setUp = try fixture.accounts.createSetUpLink(roles: ["admin"])
            note(
                "set-up",
                gates.race { accounts, index in
                    try accounts.redeemSetUpLink(
                        token: setUp.dangerouslyRevealed, email: "admin\(round)-\(index)@a.example",
                        password: AccountsFixture.password, client: fixture.client())
                }.count)
            note(
                "account",
                gates.race { accounts, _ in
                    try accounts.addAccount(
                        email: "new\(round)@example.com", name: "", roles: []
                    ).profile.id
                }.count)
        }
        print("single use: \(wins.sorted { $0.key < $1.key })")
        #expect(wins.values.allSatisfy { $0.allSatisfy { $0 == 1 } } && wins.count == 4)
        #expect(try fixture.accounts.count() == 3 * Self.rounds)
    }

    @Test func `each mail is taken by one gate`() throws {
        let gates = try Gates()
        _ = try gates.fixture.mails()
        let count = 24
        for index in 0..<count {
            _ = try gates.fixture.accounts.addAccount(
                email: "u\(index)@example.com", name: "", roles: [])
        }
        let taken = gates.race { accounts, _ -> [String] in
            var ids: [String] = []
            // Whoever met another looks again.
            for _ in 0..<60 {
                guard let mail = try? accounts.claimMail() else { continue }
                ids.append(mail.id)
            }
            return ids
        }.flatMap(\.self)
        #expect(taken.count == count && Set(taken).count == count)
    }
}
