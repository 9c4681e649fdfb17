import GatehouseCore
import GatehouseHTTP
import GatehouseIdentity

extension Configuration {
    /// Fields that callers with some roles may write or read.
    public struct FieldGrant: Sendable {
        /// Roles; `*` for every caller.
        public var roles: [String] = []
        /// Members: `title`, `owner/name`, `*`.
        public var fields: [String] = []

        /// Nothing for nobody.
        public init() {}

        static let section = Section<FieldGrant>(
            "a grant of fields", FieldGrant(),
            [
                Field(
                    "roles", \.roles, .unique(of: .grant, "roles", in: 1...64),
                    "Roles that it is for; `*` is every caller.", isRequired: true),
                Field(
                    "fields", \.fields,
                    .unique(of: .text("a field", max: 256), "fields", in: 1...256),
                    "Members of the JSON body: `title`, `owner/name`, `*` for any name.",
                    isRequired: true),
            ])
    }

    /// Which fields of JSON bodies may pass.
    public struct Fields: Sendable {
        /// Of answers; empty for all.
        public var read: [FieldGrant] = []
        /// Of requests; empty for all.
        public var write: [FieldGrant] = []
        /// Leaves out what may not be written, in place of refusing it.
        public var strip = false

        /// Everything passes.
        public init() {}

        static let section = Section<Fields>(
            "`fields`", Fields(),
            [
                Field(
                    "read", \.read, .list(of: .section(FieldGrant.section), "grants", in: 1...64),
                    "Fields of the answer that each role gets; others are left out."),
                Field(
                    "write", \.write, .list(of: .section(FieldGrant.section), "grants", in: 1...64),
                    "Fields of the request that each role may send; others are refused with 422."),
                Field(
                    "strip", \.strip, .bool,
                    "Leaves fields out that may not be written, in place of refusing the request."),
            ])
    }

    static let roleSection = Section<AccessPolicy.Role>(
        "a role", AccessPolicy.Role(name: ""),
        [
            Field(
                "inherits", \.inherits, .unique(of: .grant, "roles", in: 0...64),
                "Roles whose permissions and denials it has too."),
            Field(
                "permissions", \.permissions, .unique(of: .grant, "permissions", in: 0...1_000),
                "What it may do: `notes:read`; `*` stands for a whole segment."),
            Field(
                "deny", \.deny, .unique(of: .grant, "permissions", in: 0...1_000),
                "What it may not do, whatever grants it."),
        ])
}

extension Kind where Value == ObjectSource? {
    /// Where a request names an object's owner or tenant.
    static var objectSource: Kind {
        let name = "`path.NAME`, `query.NAME` or `header.NAME`"
        let source = Kind<ObjectSource>.scalar(name, write: { _ in "none" }) {
            text throws(Mismatch) in
            let parts = text.split(separator: ".", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts[1].isName else { throw Mismatch() }
            switch parts[0] {
            case "path": return .path(parts[1])
            case "query": return .query(parts[1])
            case "header": return .header(parts[1])
            default: throw Mismatch()
            }
        }
        return source.optional
    }
}
