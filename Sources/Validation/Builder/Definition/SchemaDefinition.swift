/// All that a schema says, as a value that can be changed and merged while it is built.
struct SchemaDefinition: Sendable {
    enum Kind: String, Sendable {
        case any, string, number, boolean, object, array, date, binary, alternatives, link
        case function
    }

    struct Key: Sendable {
        let name: SchemaText
        var schema: SchemaNode
    }

    /// A rule for members that have no schema of their own.
    struct KeyPattern: Sendable {
        enum Test: Sendable {
            case pattern(SchemaPattern)
            case schema(SchemaNode)
        }
        let test: Test
        let rule: SchemaNode
        let continues: Bool
        /// What the array of all names that match must be.
        var names: SchemaNode?
    }

    struct Rename: Sendable {
        enum Source: Sendable {
            case name(SchemaText)
            case pattern(SchemaPattern)
        }
        let from: Source
        let to: SchemaTemplate
        var isAlias = false
        var isMultiple = false
        var overrides = false
        var ignoresUndefined = false
    }

    struct Dependency: Sendable {
        enum Relation: String, Sendable { case and, or, xor, oxor, nand, with, without }
        let relation: Relation
        let key: SchemaReference?
        let peers: [SchemaReference]
    }

    /// A condition and what follows from it.
    struct Branch: Sendable {
        let test: SchemaNode
        let then: SchemaNode?
        let otherwise: SchemaNode?
    }

    struct Condition: Sendable {
        var reference: SchemaReference?
        var branches: [Branch] = []
        var breaks = false
        /// Is merged in any case.
        var merged: SchemaNode?
    }

    enum Alternative: Sendable {
        case schema(SchemaNode)
        case condition(Condition)
    }

    struct Replacement: Sendable {
        let pattern: SchemaPattern
        let replacement: SchemaText
    }

    var kind: Kind = .any
    var flags = SchemaFlags()
    var preferences = SchemaPreferences()
    var allowed: SchemaValues?
    var refused: SchemaValues?
    var rules: [SchemaRuleEntry] = []
    /// Nil lets every member pass; an empty list none.
    var keys: [Key]?
    var keyPatterns: [KeyPattern] = []
    var renames: [Rename] = []
    var dependencies: [Dependency] = []
    var items: [SchemaNode] = []
    var ordered: [SchemaNode] = []
    var alternatives: [Alternative] = []
    var conditions: [Condition] = []
    var link: SchemaReference?
    var shared: [SchemaNode] = []
    var truthy: SchemaValues?
    var falsy: SchemaValues?
    var replacements: [Replacement] = []
    /// Percent-encodes what a URI may not hold, where conversion was asked for.
    var encodesURI = false
    /// Texts instead of the catalogue's, by code.
    var messages: [String: String] = [:]
    /// What is wrong with the schema itself; reported when it is compiled.
    var problems: [SchemaProblem] = []

    init(_ kind: Kind = .any) { self.kind = kind }

    func rule(_ name: String) -> SchemaRuleEntry? { rules.last { $0.name == name } }

    /// Adds a rule, in the place of an earlier one of its name.
    mutating func add(_ entry: SchemaRuleEntry) {
        if entry.isUnique { rules.removeAll { $0.name == entry.name && !$0.isKept } }
        rules.append(entry)
    }
}

/// Why a schema can't be used.
struct SchemaProblem: Equatable, Sendable {
    let place: String
    let why: String
}

extension SchemaDefinition {
    /// Whether anything is said of elements.
    var hasItems: Bool { !items.isEmpty || !ordered.isEmpty }
}
