/// What a document's schema says of types and bounds, whatever it is put together from.
struct SchemaView {
    /// Nil for any.
    var types: Set<String>?
    var choices: [DocumentTree]?
    var format: String?
    /// `maxLength`, `minimum` and the like.
    var bounds: [String: Double] = [:]
    var properties: [String: DocumentTree] = [:]
    var required: Set<String> = []
    var items: DocumentTree?
    /// The schema of members that are not named; nil for none given.
    var additional: DocumentTree?
    /// Whether it says more than this can show.
    var isOpaque = false

    static let upper = ["maxLength", "maximum", "maxItems", "maxProperties"]
    static let lower = ["minLength", "minimum", "minItems", "minProperties"]
    /// Schemas inside each other, by `$ref` and by `allOf` and the like.
    private static let stepsMax = 24

    /// Whether members that are not named are refused.
    var isClosed: Bool { additional == .bool(false) }

    init() {}

    /// Reads a schema of `root`.
    init(_ tree: DocumentTree, in root: DocumentTree, steps: Int = 0) {
        guard steps < Self.stepsMax else {
            isOpaque = true
            return
        }
        if let target = tree["$ref"]?.string {
            guard let found = root.resolve(target) else {
                isOpaque = true
                return
            }
            self = SchemaView(found, in: root, steps: steps + 1)
        }
        readOwn(tree)
        for part in tree["allOf"]?.elements ?? [] {
            intersect(SchemaView(part, in: root, steps: steps + 1))
        }
        for name in ["anyOf", "oneOf"] {
            let parts = (tree[name]?.elements ?? []).map {
                SchemaView($0, in: root, steps: steps + 1)
            }
            if let first = parts.first {
                intersect(parts.dropFirst().reduce(into: first) { $0.unite($1) })
            }
        }
        let others = ["not", "if", "patternProperties", "dependentSchemas", "prefixItems"]
        if others.contains(where: { tree[$0] != nil }) { isOpaque = true }
    }

    private mutating func readOwn(_ tree: DocumentTree) {
        if let type = tree["type"] {
            var names = Set(type.elements.compactMap(\.string))
            if let name = type.string { names = [name] }
            if tree["nullable"]?.isTrue == true { names.insert("null") }
            types = names
        }
        if let constant = tree["const"] { choices = [constant] }
        if case .array(let values)? = tree["enum"] { choices = values }
        format = tree["format"]?.string ?? format
        for name in Self.upper + Self.lower {
            if case .number(let text)? = tree[name] { bounds[name] = Double(text) }
        }
        if case .number(let text)? = tree["exclusiveMaximum"] { bounds["maximum"] = Double(text) }
        if case .number(let text)? = tree["exclusiveMinimum"] { bounds["minimum"] = Double(text) }
        for member in tree["properties"]?.members ?? [] { properties[member.name] = member.value }
        required.formUnion((tree["required"]?.elements ?? []).compactMap(\.string))
        items = tree["items"] ?? items
        additional = tree["additionalProperties"] ?? tree["unevaluatedProperties"] ?? additional
    }

    private mutating func intersect(_ other: SchemaView) {
        if let names = other.types { types = types.map { $0.intersection(names) } ?? names }
        choices = choices ?? other.choices
        format = format ?? other.format
        for (name, value) in other.bounds {
            let own = bounds[name] ?? value
            bounds[name] = Self.upper.contains(name) ? min(own, value) : max(own, value)
        }
        properties.merge(other.properties) { own, _ in own }
        required.formUnion(other.required)
        items = items ?? other.items
        additional = additional ?? other.additional
        isOpaque = isOpaque || other.isOpaque
    }

    private mutating func unite(_ other: SchemaView) {
        types = types.flatMap { own in other.types.map { own.union($0) } }
        choices = choices.flatMap { own in other.choices.map { own + $0 } }
        if format != other.format { format = nil }
        for name in Self.upper + Self.lower {
            guard let own = bounds[name], let value = other.bounds[name] else {
                bounds[name] = nil
                continue
            }
            bounds[name] = Self.upper.contains(name) ? max(own, value) : min(own, value)
        }
        properties.merge(other.properties) { own, _ in own }
        required.formIntersection(other.required)
        items = items ?? other.items
        additional = isClosed && other.isClosed ? additional : nil
        isOpaque = isOpaque || other.isOpaque
    }
}

extension DocumentTree {
    /// What a reference inside the document leads to.
    func resolve(_ reference: String) -> DocumentTree? {
        guard reference.hasPrefix("#"), let pointer = URIReference(reference).decodedFragment
        else { return nil }
        var place = self
        for part in pointer.split(separator: "/") {
            let name = String(part).replacing("~1", with: "/").replacing("~0", with: "~")
            if let next = place[name] {
                place = next
            } else if let index = Int(name), place.elements.indices.contains(index) {
                place = place.elements[index]
            } else {
                return nil
            }
        }
        return place
    }

    /// What a reference object stands for.
    func dereferenced(in root: DocumentTree) -> DocumentTree {
        var place = self
        for _ in 0..<32 {
            guard let target = place["$ref"]?.string else { return place }
            guard let next = root.resolve(target) else { return place }
            place = next
        }
        return place
    }
}
