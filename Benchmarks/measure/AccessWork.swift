import GatehouseCore
import GatehouseIdentity

/// Access decisions over 100 roles with ten rules each, and revocation with 10,000 ended sessions.
enum AccessWork {
    private static let roleCount = 100
    private static let rulesEach = 10

    private static func policy() -> AccessPolicy? {
        let roles = (0..<roleCount).map { role in
            AccessPolicy.Role(
                name: "role-\(role)", inherits: role % 10 == 0 ? [] : ["role-\(role - 1)"],
                permissions: (0..<rulesEach - 1).map { "area-\(role):thing-\($0):*" },
                deny: ["area-\(role):thing-0:delete"])
        }
        return try? AccessPolicy(roles)
    }

    private static let caller = Principal(
        subject: "user-42", roles: ["role-57"], issuer: "gatehouse", credentialID: "token-1",
        expires: WallTime(seconds: 4_000_000_000),
        session: SessionReference(id: "session-1", epoch: 0))

    /// What a request costs: a rule that start-up compiled.
    static func decide() -> Work? {
        guard let policy = policy() else { return nil }
        let access = CompiledAccess(
            all: ["area-55:thing-3:read", "area-50:thing-1:write"], policy: policy)
        return Work { access.allows(caller) }
    }

    /// The same question asked of the policy itself, which names the rule that decided.
    static func explain() -> Work? {
        guard let policy = policy() else { return nil }
        return Work { policy.verdict(on: "area-55:thing-3:read", roles: caller.roles).isGranted }
    }

    /// Whether a good token was revoked.
    static func revocation() -> Work? {
        let revocations = Revocations()
        let now = WallTime.now
        let end = WallTime(seconds: now.seconds + 600)
        for index in 0..<10_000 { revocations.end("ended-\(index)", until: end) }
        return Work { !revocations.isRevoked(caller) }
    }
}
