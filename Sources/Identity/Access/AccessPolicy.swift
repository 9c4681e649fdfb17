public import GatehouseCore

/// Roles with what they may and may not do, compiled once. A denied permission wins over every
/// grant, and what nobody granted is denied.
public final class AccessPolicy: Sendable {
    /// One role as it is declared.
    public struct Role: Sendable {
        /// Its name, as tokens carry it.
        public var name: String
        /// Roles whose permissions and denials it has too.
        public var inherits: [String]
        /// What it may do: `notes:read`, `notes:*`.
        public var permissions: [String]
        /// What it may not do, whatever else grants it.
        public var deny: [String]

        /// A role.
        public init(
            name: String, inherits: [String] = [], permissions: [String] = [], deny: [String] = []
        ) {
            self.name = name
            self.inherits = inherits
            self.permissions = permissions
            self.deny = deny
        }
    }

    /// A role with all that it inherits.
    struct Closure: Sendable {
        /// Itself and every role above it.
        var names: Set<String>
        var grants: [(pattern: PermissionPattern, from: String)]
        var denials: [(pattern: PermissionPattern, from: String)]
    }

    private static let rolesMax = 1_000
    let closures: [String: Closure]

    /// No roles: nobody has a permission by a role.
    public static let empty = AccessPolicy()

    private init() { closures = [:] }

    /// Compiles roles.
    /// - Throws: `ConfigurationError` for two roles of one name, an unknown parent, a circle, or a
    ///   pattern that is none.
    public init(_ roles: [Role]) throws(ConfigurationError) {
        guard roles.count <= Self.rolesMax else { throw .invalid("roles", "too many roles") }
        var byName: [String: Role] = [:]
        for role in roles {
            guard byName.updateValue(role, forKey: role.name) == nil else {
                throw .invalid("roles", "`\(role.name)` is declared twice")
            }
        }
        var closures: [String: Closure] = [:]
        for role in roles {
            var path: [String] = []
            closures[role.name] = try Self.closure(role.name, byName, &path)
        }
        self.closures = closures
    }

    private static func closure(
        _ name: String, _ roles: [String: Role], _ path: inout [String]
    ) throws(ConfigurationError) -> Closure {
        guard !path.contains(name) else {
            let circle = (path + [name]).joined(separator: " → ")
            throw .invalid("roles", "a circle of inheritance: \(circle)")
        }
        guard let role = roles[name] else {
            throw .invalid(
                "roles", "`\(path.last ?? "")` inherits `\(name)`, which is not declared")
        }
        path.append(name)
        defer { path.removeLast() }
        var closure = Closure(names: [name], grants: [], denials: [])
        for text in role.permissions { closure.grants.append((try pattern(text, name), name)) }
        for text in role.deny { closure.denials.append((try pattern(text, name), name)) }
        for parent in role.inherits {
            let above = try Self.closure(parent, roles, &path)
            closure.names.formUnion(above.names)
            closure.grants += above.grants
            closure.denials += above.denials
        }
        return closure
    }

    private static func pattern(
        _ text: String, _ role: String
    ) throws(ConfigurationError) -> PermissionPattern {
        guard let pattern = PermissionPattern(text) else {
            throw .invalid("roles.\(role)", "`\(text)` is no permission: `notes:read`, `notes:*`")
        }
        return pattern
    }

    /// The names of all roles, sorted.
    package var roleNames: [String] { closures.keys.sorted() }

    // MARK: Deciding

    /// How a permission was decided.
    public enum Verdict: Equatable, Sendable {
        /// A role grants it: which, by which pattern.
        case granted(role: String, pattern: String)
        /// A role denies it.
        case denied(role: String, pattern: String)
        /// Nobody grants it.
        case absent

        /// Whether it may be done.
        public var isGranted: Bool {
            if case .granted = self { return true }
            return false
        }
    }

    /// Whether callers with these roles may do something, and why.
    public func verdict(on permission: String, roles: [String]) -> Verdict {
        var grant = Verdict.absent
        for role in roles {
            guard let closure = closures[role] else { continue }
            for (pattern, from) in closure.denials where pattern.matches(permission) {
                return .denied(role: from, pattern: pattern.text)
            }
            guard grant == .absent else { continue }
            for (pattern, from) in closure.grants where pattern.matches(permission) {
                grant = .granted(role: from, pattern: pattern.text)
                break
            }
        }
        return grant
    }

    /// Roles that count as `role`: itself, and every role that inherits it.
    func roles(countingAs role: String) -> Set<String> {
        var names: Set<String> = [role]
        for (name, closure) in closures where closure.names.contains(role) { names.insert(name) }
        return names
    }
}
