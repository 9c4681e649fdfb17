import Foundation
import GatehouseCore
import GatehouseCrypto
import GatehouseStorage
import TestSupport
import Testing

@testable import GatehouseIdentity

/// Gates that share one database, each with a folder and a connection of its own.
@Suite(.serialized, .eachEngine) struct SharedKeysTests {
    private static let start = WallTime(seconds: 1_800_000_000)
    private static let seal = (try? Seal(key: Redacted([UInt8](repeating: 1, count: 32))))

    /// One database that gates are opened on.
    private final class Place {
        let folder: ScratchFolder
        let address: String
        let engine = Engine.current

        init() throws {
            folder = try ScratchFolder()
            address =
                try Engine.current == .sqlite
                ? folder.path + "/accounts.db" : PostgreSQLServer.shared().newDatabase()
        }

        func open() throws -> any Database {
            engine == .sqlite
                ? try SQLiteDatabase(path: address) : try PostgreSQLDatabase(url: address)
        }

        func newFolder(_ name: String) throws -> String {
            let path = folder.path + "/" + name
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
            return path
        }

        func gate(
            _ name: String, seal: Seal? = nil, at now: WallTime = SharedKeysTests.start
        ) throws -> Gate {
            let database = try open()
            return Gate(
                database,
                try SigningKeys.shared(
                    in: database, seal: try seal ?? #require(SharedKeysTests.seal),
                    folder: try newFolder(name), now: now))
        }
    }

    private struct Gate: @unchecked Sendable {
        let database: any Database
        let keys: SigningKeys.Shared

        init(_ database: any Database, _ keys: SigningKeys.Shared) {
            self.database = database
            self.keys = keys
        }

        var tokens: SigningKeys { keys.tokens }
        private var signer: AccessTokenSigner {
            AccessTokenSigner(keys: tokens, issuer: "gate", audience: "a", lifetime: .seconds(600))
        }

        func token(_ now: WallTime) -> [UInt8] {
            signer.sign(
                .init(
                    subject: "s", session: .init(id: "s1", epoch: 0), roles: [],
                    authentication: .unknown), now: now
            ).token
        }

        func accepts(_ token: [UInt8], _ now: WallTime) throws -> Bool {
            let verifier = try TokenVerifier(issuers: [signer.rules])
            return (try? verifier.verify(token.raw, now: now)) != nil
        }

        func states(_ now: WallTime) -> [KeySchedule.State] { tokens.list(now: now).map(\.state) }
    }

    private func after(seconds: Int64) -> WallTime {
        WallTime(seconds: Self.start.seconds + seconds)
    }

    @Test func `refuses another seal key, and leaves the keys as they are`() throws {
        let place = try Place()
        let one = try place.gate("a")
        let other = try Seal(key: Redacted([UInt8](repeating: 2, count: 32)))
        let refusal = #expect(throws: ConfigurationError.self) {
            _ = try place.gate("b", seal: other)
        }
        #expect(refusal?.description.contains("accounts.seal.key") == true)
        let again = try place.gate("c")
        #expect(again.tokens.keySet == one.tokens.keySet)
    }

    @Test func `refuses another seal key for accounts from before keys were here`() throws {
        let place = try Place()
        let database = try place.open()
        let seal = try #require(Self.seal)
        let keys = try SigningKeys(folder: try place.newFolder("old"), seal: seal, now: .now)
        let accounts = try Accounts(
            database: database, seal: seal,
            tokens: AccessTokenSigner(
                keys: keys, issuer: "g", audience: "a", lifetime: .seconds(60)))
        _ = try accounts.addAccount(email: "ann@example.com", name: "", roles: [])
        let other = try Seal(key: Redacted([UInt8](repeating: 2, count: 32)))
        let refusal = #expect(throws: ConfigurationError.self) {
            _ = try place.gate("b", seal: other)
        }
        #expect(refusal?.description.contains("accounts.seal.key") == true)
        _ = try place.gate("c")
        #expect(throws: ConfigurationError.self) { _ = try place.gate("b", seal: other) }
    }

    @Test func `gates that start at once make one key`() async throws {
        let place = try Place()
        let seal = try #require(Self.seal)
        _ = try place.open()
        let sets = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for index in 0..<6 {
                let database = try place.open()
                let folder = try place.newFolder("g\(index)")
                group.addTask {
                    try SigningKeys.shared(in: database, seal: seal, folder: folder, now: .now)
                        .tokens.keySet
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(sets.count == 1)
    }

    @Test func `one of many gates makes the next key, and all know it before it signs`()
        async throws
    {
        let place = try Place()
        let gates = try (0..<4).map { try place.gate("g\($0)") }
        var checked = 0
        for round in 1...3 {
            // A day before the next key's turn everybody notices at the same moment.
            let due = after(seconds: Int64(round) * 30 * 86_400 - 86_400)
            await withThrowingTaskGroup(of: Void.self) { group in
                for gate in gates { group.addTask { try gate.tokens.advance(now: due) } }
            }
            for gate in gates { try gate.tokens.advance(now: due) }
            #expect(Set(gates.map(\.tokens.keySet)).count == 1)
            #expect(gates[0].states(due) == [.signing, .published])
            // Around the change no gate asks the storage again, as if the database were away; their
            // clocks differ by seconds.
            for seconds in [-3, -1, 0, 1, 3] as [Int64] {
                for (index, gate) in gates.enumerated() {
                    let turn = due.seconds + 86_400 + seconds
                    let signed = gate.token(WallTime(seconds: turn + Int64(index)))
                    for other in gates {
                        #expect(try other.accepts(signed, WallTime(seconds: turn + 3)))
                        checked += 1
                    }
                }
            }
        }
        print("shared keys: \(checked) tokens were accepted by other gates around a change")
        #expect(checked == 3 * 5 * 4 * 4)
    }

    @Test func `goes on by the schedule while the database is away`() throws {
        let place = try Place()
        let gate = try place.gate("a")
        let first = try #require(gate.tokens.list(now: Self.start).first).keyID
        try gate.tokens.advance(now: after(seconds: 29 * 86_400))
        gate.database.close()
        let later = after(seconds: 30 * 86_400 + 10)
        #expect(throws: ConfigurationError.self) { try gate.tokens.advance(now: later) }
        #expect(gate.states(later) == [.verifying, .signing])
        #expect(gate.tokens.signing?.keyID != first)
        #expect(try gate.accepts(gate.token(later), later))
        let end = after(seconds: 31 * 86_400)
        #expect(throws: ConfigurationError.self) { try gate.tokens.advance(now: end) }
        #expect(!String(decoding: gate.tokens.keySet, as: UTF8.self).contains(first))
    }

    @Test func `a rotation by command is known to all before it counts`() throws {
        let place = try Place()
        let (one, two) = (try place.gate("a"), try place.gate("b"))
        let old = one.token(Self.start)
        try one.tokens.rotate(now: Self.start)
        #expect(one.states(Self.start) == [.signing, .published])
        try one.tokens.advance(now: after(seconds: 1))
        try two.tokens.advance(now: after(seconds: 1))
        let turn = after(seconds: 6)
        // The first gate signs with it already, the second has not looked at its clock again.
        try one.tokens.advance(now: turn)
        #expect(one.states(turn) == [.verifying, .signing])
        #expect(try two.accepts(one.token(turn), turn) && one.accepts(two.token(turn), turn))
        #expect(try two.accepts(old, turn))
    }

    @Test func `a key that one gate retires is refused by the other`() throws {
        let place = try Place()
        let (one, two) = (try place.gate("a"), try place.gate("b"))
        let token = two.token(Self.start)
        let name = try #require(one.tokens.list(now: Self.start).first).keyID
        #expect(try one.tokens.retire(name, now: Self.start))
        #expect(try !one.accepts(token, Self.start))
        try two.tokens.advance(now: Self.start)
        #expect(try !two.accepts(token, Self.start))
        #expect(try two.accepts(one.token(Self.start), Self.start))
        #expect(one.tokens.keySet == two.tokens.keySet)
    }

    @Test func `takes the files of a single gate over, and only the first's`() throws {
        let place = try Place()
        let seal = try #require(Self.seal)
        let folder = try place.newFolder("single")
        let files = try SigningKeys(folder: folder, seal: seal, now: Self.start)
        let identity = try IdentityTokenSigner(folder: folder)
        let single = Gate(
            try place.open(),
            SigningKeys.Shared(tokens: files, identity: files, unusedFiles: []))
        let token = single.token(Self.start)
        let gate = try place.gate("single")
        #expect(gate.keys.unusedFiles == [])
        #expect(try gate.accepts(token, Self.start))
        #expect(gate.tokens.keySet == files.keySet)
        #expect(gate.keys.identity.keySet == identity.keySet)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names.contains("token-keys.moved") && names.contains("identity-key.pem.moved"))
        #expect(!names.contains("token-keys") && !names.contains("identity-key.pem"))
        // A second one, with keys of its own, finds that the database has others.
        let second = try place.newFolder("second")
        _ = try SigningKeys(folder: second, seal: seal, now: Self.start)
        let other = try place.gate("second")
        #expect(other.keys.unusedFiles == [second + "/token-keys"])
        #expect(other.tokens.keySet == files.keySet)
    }

    @Test func `signs for upstreams with one key on every gate, which changes by command`() throws {
        let place = try Place()
        let (one, two) = (try place.gate("a"), try place.gate("b"))
        let signers = try [one, two].map {
            try IdentityTokenSigner(ring: $0.keys.identity, issuer: "g", lifetime: .seconds(60))
        }
        #expect(signers[0].keyID == signers[1].keyID && !signers[0].keyID.isEmpty)
        #expect(signers[0].keySet == signers[1].keySet)
        let years = after(seconds: 3 * 366 * 86_400)
        try one.keys.identity.advance(now: years)
        #expect(one.keys.identity.list(now: years).map(\.state) == [.signing])
        let old = signers[0].keyID
        try one.keys.identity.rotate(now: years, lead: .seconds(3_600))
        try two.keys.identity.advance(now: years)
        #expect(signers[0].keyID == old && signers[0].keySet == signers[1].keySet)
        let turn = WallTime(seconds: years.seconds + 3_601)
        for gate in [one, two] { try gate.keys.identity.advance(now: turn) }
        #expect(signers[0].keyID == signers[1].keyID && signers[0].keyID != old)
        #expect(String(decoding: signers[1].keySet, as: UTF8.self).contains(old))
    }
}
