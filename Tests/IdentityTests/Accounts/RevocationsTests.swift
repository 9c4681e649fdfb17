import GatehouseCore
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
        let revocations = Revocations()
        let now = WallTime(seconds: 1_000)
        let until = WallTime(seconds: 2_000)
        #expect(!revocations.isRevoked(principal("a", "s1", epoch: 1)))
        revocations.end("s1", until: until, now: now)
        revocations.end("c-s3", until: until, now: now)
        revocations.raise("b", to: 3, until: until, now: now)
        revocations.raise("b", to: 2, until: until, now: now)
        #expect(revocations.isRevoked(principal("a", "s1", epoch: 1)))
        #expect(!revocations.isRevoked(principal("a", "s2", epoch: 1)))
        #expect(revocations.isRevoked(principal("a", "s3", epoch: 1)))
        #expect(revocations.isRevoked(principal("b", "s4", epoch: 2)))
        #expect(!revocations.isRevoked(principal("b", "s4", epoch: 3)))
    }

    @Test func `forgets what no living token can match`() {
        let revocations = Revocations()
        for index in 0..<200_000 {
            let now = WallTime(seconds: Int64(index))
            revocations.end("s\(index)", until: WallTime(seconds: Int64(index) + 600), now: now)
        }
        #expect(revocations.isRevoked(principal("a", "s199999", epoch: 1)))
        #expect(!revocations.isRevoked(principal("a", "s1", epoch: 1)))
    }
}
