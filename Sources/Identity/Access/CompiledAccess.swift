package import GatehouseCore

/// A route's rule, prepared against a policy: one look-up for each of the caller's roles.
package struct CompiledAccess: Sendable {
    private enum Rule: Sendable {
        case everybody
        case everyCaller
        /// Roles that are enough, inheritance counted in.
        case oneOf(Set<String>)
        /// For each role, which of the wanted permissions it grants and denies, as bits.
        case all([String], [String: Bits])
    }

    private struct Bits: Sendable {
        var grants: UInt64 = 0
        var denials: UInt64 = 0
    }

    private let rule: Rule

    /// Anybody, without a credential.
    package static let everybody = CompiledAccess(rule: .everybody)
    /// Every caller with a credential.
    package static let everyCaller = CompiledAccess(rule: .everyCaller)

    private init(rule: Rule) { self.rule = rule }

    /// Callers with one of these roles, or with a role that inherits one.
    package init(oneOf roles: [String], policy: AccessPolicy) {
        rule = .oneOf(roles.reduce(into: []) { $0.formUnion(policy.roles(countingAs: $1)) })
    }

    /// Callers who may do all of these; more than 64 let nobody pass.
    package init(all permissions: [String], policy: AccessPolicy) {
        guard (1...64).contains(permissions.count) else {
            rule = .oneOf([])
            return
        }
        var table: [String: Bits] = [:]
        for name in policy.closures.keys {
            var bits = Bits()
            for (index, permission) in permissions.enumerated() {
                switch policy.verdict(on: permission, roles: [name]) {
                case .granted: bits.grants |= 1 << UInt64(index)
                case .denied: bits.denials |= 1 << UInt64(index)
                case .absent: break
                }
            }
            table[name] = bits
        }
        rule = .all(permissions, table)
    }

    /// Whether a caller may pass. Permissions that the credential itself names count like grants;
    /// a denial of a role wins over them too.
    package func allows(_ principal: Principal?) -> Bool {
        switch rule {
        case .everybody: return true
        case .everyCaller: return principal != nil
        case .oneOf(let names):
            guard let principal else { return false }
            for role in principal.roles where names.contains(role) { return true }
            return false
        case .all(let wanted, let table):
            guard let principal else { return false }
            var bits = Bits()
            for role in principal.roles {
                guard let found = table[role] else { continue }
                bits.grants |= found.grants
                bits.denials |= found.denials
            }
            for (index, permission) in wanted.enumerated() {
                let bit: UInt64 = 1 << UInt64(index)
                guard bits.denials & bit == 0 else { return false }
                guard bits.grants & bit != 0 || principal.permissions.contains(permission) else {
                    return false
                }
            }
            return true
        }
    }
}
