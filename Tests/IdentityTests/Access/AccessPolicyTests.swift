import GatehouseCore
import Testing

@testable import GatehouseIdentity

@Suite struct AccessPolicyTests {
    private func caller(_ roles: [String], permissions: [String] = []) -> Principal {
        Principal(
            subject: "u", roles: roles, permissions: permissions, issuer: "t",
            expires: WallTime(seconds: .max))
    }

    @Test func `refuses circles, strangers, doubles and odd patterns`() {
        let cases: [([AccessPolicy.Role], String)] = [
            ([.init(name: "a", inherits: ["b"]), .init(name: "b", inherits: ["a"])], "circle"),
            ([.init(name: "a", inherits: ["a"])], "circle"),
            ([.init(name: "a", inherits: ["x"])], "`x`"),
            ([.init(name: "a"), .init(name: "a")], "twice"),
            ([.init(name: "a", permissions: ["notes:re*"])], "no permission"),
            ([.init(name: "a", deny: ["notes::read"])], "no permission"),
        ]
        for (roles, part) in cases {
            let error = #expect(throws: ConfigurationError.self) { _ = try AccessPolicy(roles) }
            #expect(error?.description.contains(part) == true, "\(part)")
        }
    }

    @Test func `compares segments whole`() throws {
        let cases: [(String, String, Bool)] = [
            ("notes:read", "notes:read", true), ("notes:read", "notes:reads", false),
            ("notes:*", "notes:read", true), ("notes:*", "notes", false),
            ("notes:*", "notes:a:b", true), ("*:read", "notes:read", true),
            ("*:read", "notes:write", false), ("*:read", "a:b:read", false), ("*", "x", true),
            ("notes:read", "notes", false), ("notes", "notes:read", false),
            ("notes:read", "Notes:read", false),
        ]
        for (pattern, permission, expected) in cases {
            let found = try #require(PermissionPattern(pattern)).matches(permission)
            #expect(found == expected, "\(pattern) \(permission)")
        }
    }

    @Test func `denies what a role denies, whatever else grants it`() throws {
        let policy = try AccessPolicy([
            .init(name: "reader", permissions: ["notes:read"]),
            .init(
                name: "editor", inherits: ["reader"], permissions: ["notes:*"],
                deny: ["notes:delete"]),
            .init(name: "admin", permissions: ["*"]),
        ])
        let delete = CompiledAccess(all: ["notes:delete"], policy: policy)
        #expect(!delete.allows(nil))
        #expect(!delete.allows(caller([])))
        #expect(!delete.allows(caller(["editor"])))
        #expect(!delete.allows(caller(["admin", "editor"])))
        #expect(!delete.allows(caller(["editor"], permissions: ["notes:delete"])))
        #expect(delete.allows(caller(["admin"])))
        #expect(delete.allows(caller([], permissions: ["notes:delete"])))
        #expect(!delete.allows(caller([], permissions: ["notes:*"])))
        let readers = CompiledAccess(oneOf: ["reader"], policy: policy)
        #expect(readers.allows(caller(["editor"])))
        #expect(!readers.allows(caller(["admin"])))
        #expect(!readers.allows(caller(["Reader"])))
        #expect(
            policy.verdict(on: "notes:delete", roles: ["admin", "editor"])
                == .denied(role: "editor", pattern: "notes:delete"))
        #expect(
            policy.verdict(on: "notes:read", roles: ["editor"])
                == .granted(role: "editor", pattern: "notes:*"))
    }

    /// A slow reading of the rules, against the compiled one.
    @Test func `decides like a simple model on random rules`() throws {
        var random = Seeded(state: 42)
        let words = ["a", "b", "c", "*"]
        func permission(_ patterns: Bool) -> String {
            (0..<Int.random(in: 1...3, using: &random)).map { _ in
                words[Int.random(in: 0..<(patterns ? 4 : 3), using: &random)]
            }.joined(separator: ":")
        }
        var allowed = 0
        for _ in 0..<300 {
            var roles: [AccessPolicy.Role] = []
            for index in 0..<6 {
                var role = AccessPolicy.Role(name: "r\(index)")
                role.permissions = (0..<2).map { _ in permission(true) }
                role.deny = Int.random(in: 0..<3, using: &random) == 0 ? [permission(true)] : []
                if index > 0 { role.inherits = ["r\(Int.random(in: 0..<index, using: &random))"] }
                roles.append(role)
            }
            let policy = try AccessPolicy(roles)
            let wanted = [permission(false), permission(false)]
            let compiled = CompiledAccess(all: wanted, policy: policy)
            let own = [
                "r\(Int.random(in: 0..<6, using: &random))",
                "r\(Int.random(in: 0..<6, using: &random))",
            ]
            let expected = wanted.allSatisfy { model(roles, own, $0) }
            #expect(compiled.allows(caller(own)) == expected)
            if expected { allowed += 1 }
        }
        #expect(allowed > 20)
    }

    private func model(_ roles: [AccessPolicy.Role], _ own: [String], _ permission: String) -> Bool
    {
        var all: Set<String> = Set(own)
        for _ in 0..<10 {
            for role in roles where all.contains(role.name) { all.formUnion(role.inherits) }
        }
        let mine = roles.filter { all.contains($0.name) }
        func hits(_ patterns: [String]) -> Bool {
            patterns.contains { pattern in
                let parts = pattern.split(separator: ":")
                let names = permission.split(separator: ":")
                if parts.last == "*" {
                    return names.count >= parts.count
                        && zip(parts.dropLast(), names).allSatisfy { $0 == "*" || $0 == $1 }
                }
                return parts.count == names.count
                    && zip(parts, names).allSatisfy { $0 == "*" || $0 == $1 }
            }
        }
        return mine.contains { hits($0.permissions) } && !mine.contains { hits($0.deny) }
    }

    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }
}
