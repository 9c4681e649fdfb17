import GatehouseCore
import Synchronization
import Testing

@testable import GatehouseIdentity

@Suite struct RevocationsTests {
    private func principal(_ subject: String, _ session: String, epoch: Int64) -> Principal {
        Principal(
            subject: subject, issuer: "gate", credentialID: "c-" + session,
            expires: WallTime(seconds: 2_000_000_000),
            session: SessionReference(id: session, epoch: epoch))
    }

    @Test func `refuses ended sessions, ended credentials and earlier epochs, and no others`() {
        let revocations = Revocations(clock: { WallTime(seconds: 1_000) })
        let until = WallTime(seconds: 2_000)
        #expect(!revocations.isRevoked(principal("a", "s1", epoch: 1)))
        revocations.end("s1", until: until)
        revocations.end("c-s3", until: until)
        revocations.raise("b", to: 3, until: until)
        revocations.raise("b", to: 2, until: until)
        #expect(revocations.isRevoked(principal("a", "s1", epoch: 1)))
        #expect(!revocations.isRevoked(principal("a", "s2", epoch: 1)))
        #expect(revocations.isRevoked(principal("a", "s3", epoch: 1)))
        #expect(revocations.isRevoked(principal("b", "s4", epoch: 2)))
        #expect(!revocations.isRevoked(principal("b", "s4", epoch: 3)))
    }

    @Test func `forgets what no living token can match`() {
        let now = Mutex<Int64>(0)
        let revocations = Revocations(clock: { WallTime(seconds: now.withLock { $0 }) })
        for index in 0..<300_000 {
            now.withLock { $0 = Int64(index) }
            let until = WallTime(seconds: Int64(index) + 600)
            #expect(revocations.end("s\(index)", until: until))
        }
        #expect(revocations.isRevoked(principal("a", "s299999", epoch: 1)))
        #expect(!revocations.isRevoked(principal("a", "s1", epoch: 1)))
    }

    @Test func `refuses an entry that has no room, and knows that it does not know all`() {
        let revocations = Revocations(fallback: .refuse, clock: { WallTime(seconds: 0) })
        revocations.followed(at: .now, isWhole: true)
        let caller = principal("a", "mine", epoch: 1)
        #expect(revocations.mayBelieve(caller, at: .now))
        let until = WallTime(seconds: 10)
        let taken = (0..<300_000).prefix { revocations.end("s\($0)", until: until) }
        #expect(taken.count == 200_000)
        #expect(!revocations.isWhole && !revocations.mayBelieve(caller, at: .now))
        #expect(revocations.isRevoked(principal("a", "s7", epoch: 1)))
        revocations.followed(at: .now, isWhole: true)
        #expect(revocations.mayBelieve(caller, at: .now))
    }

    @Test func `what is believed while a source is silent is what was chosen`() {
        typealias Row = (RevocationFallback, RevocationFallback.Feed, RevocationFallback.Feed, Bool)
        let rows: [Row] = [
            (.refuse, .current, .current, true), (.refuse, .current, .stale, true),
            (.refuse, .stale, .current, false), (.refuse, .stale, .stale, false),
            (.refuse, .absent, .current, true), (.refuse, .absent, .stale, false),
            (.allow, .current, .current, true), (.allow, .current, .stale, true),
            (.allow, .stale, .current, true), (.allow, .stale, .stale, true),
            (.allow, .absent, .current, true), (.allow, .absent, .stale, true),
            (.database, .current, .current, true), (.database, .current, .stale, true),
            (.database, .stale, .current, true), (.database, .stale, .stale, false),
            (.database, .absent, .current, true), (.database, .absent, .stale, false),
        ]
        for (fallback, store, database, isBelieved) in rows {
            #expect(fallback.believes(store: store, database: database) == isBelieved)
        }
        #expect(rows.count == RevocationFallback.allCases.count * 6)
    }

    @Test func `a database that was not asked for five seconds says nothing any more`() {
        let revocations = Revocations(fallback: .database)
        let caller = principal("a", "s", epoch: 1)
        let start = MonotonicTime(nanoseconds: 1_000)
        #expect(!revocations.mayBelieve(caller, at: start))
        revocations.followed(at: start, isWhole: true)
        #expect(revocations.mayBelieve(caller, at: start + .milliseconds(4_999)))
        #expect(!revocations.mayBelieve(caller, at: start + .seconds(5)))
        let foreign = Principal(
            subject: "a", issuer: "other", expires: WallTime(seconds: 2_000_000_000))
        #expect(revocations.mayBelieve(foreign, at: start + .seconds(5)))
    }
}
