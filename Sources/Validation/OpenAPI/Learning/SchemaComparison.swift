/// Compares a document's schema with what traffic was like.
struct SchemaComparison {
    let root: DocumentTree
    let operation: String
    private(set) var found: [OpenAPIDifference] = []

    /// Values inside each other that are compared.
    private static let depthMax = 20
    /// Formats that are found in traffic, so that one is missed where it is not.
    private static let formats: Set<String> = Set(TextClass.allCases.compactMap(\.format?.rawValue))

    init(root: DocumentTree, operation: String) {
        self.root = root
        self.operation = operation
    }

    mutating func note(
        _ kind: OpenAPIDifference.Kind, _ place: String, _ aspect: String,
        document: String = "", traffic: String = ""
    ) {
        found.append(
            OpenAPIDifference(
                kind: kind, operation: operation, place: place, aspect: aspect,
                document: document, traffic: traffic))
    }

    /// - Parameter traffic: a schema that bounds what was surely reached.
    mutating func compare(
        _ document: DocumentTree?, _ traffic: DocumentTree?, _ place: String, depth: Int = 0
    ) {
        guard depth < Self.depthMax, let traffic, !traffic.members.isEmpty else { return }
        guard let document, document != .bool(true) else {
            return note(.looser, place, "schema", document: "anything")
        }
        let declared = SchemaView(document, in: root)
        let seen = SchemaView(traffic, in: .null)
        guard !declared.isOpaque else { return }
        types(declared, seen, place)
        choices(declared, seen, place)
        bounds(declared, seen, place)
        if seen.types?.contains("object") == true { members(declared, seen, place, depth) }
        if seen.types?.contains("array") == true, seen.items?.members.isEmpty == false {
            compare(declared.items, seen.items, place + "/0", depth: depth + 1)
        }
    }

    private mutating func types(_ declared: SchemaView, _ seen: SchemaView, _ place: String) {
        let traffic = seen.types ?? []
        guard let document = declared.types else {
            if declared.choices == nil { note(.looser, place, "type", document: "any") }
            return
        }
        let missing = traffic.filter { name in
            !document.contains(name) && !(name == "integer" && document.contains("number"))
        }
        if !missing.isEmpty {
            note(
                .tighter, place, "type", document: Self.list(document), traffic: Self.list(missing)
            )
        }
        let spare = document.filter { name in
            !traffic.contains(name) && !(name == "number" && traffic.contains("integer"))
                && !(name == "integer" && traffic.contains("number"))
        }
        if !spare.isEmpty, missing.isEmpty {
            note(
                .looser, place, "type", document: Self.list(document), traffic: Self.list(traffic))
        }
    }

    private static func list(_ names: Set<String>) -> String {
        names.sorted().joined(separator: " or ")
    }

    private mutating func choices(_ declared: SchemaView, _ seen: SchemaView, _ place: String) {
        guard let traffic = seen.choices else { return }
        guard let document = declared.choices else {
            return note(.looser, place, "enum", traffic: Self.list(traffic))
        }
        let missing = traffic.filter { !document.contains($0) }
        if !missing.isEmpty { note(.tighter, place, "enum", traffic: Self.list(missing)) }
        let spare = document.filter { !traffic.contains($0) }
        if !spare.isEmpty { note(.looser, place, "enum", document: Self.list(spare)) }
    }

    private static func list(_ values: [DocumentTree]) -> String {
        values.prefix(16).map { String(decoding: $0.json(), as: UTF8.self) }
            .joined(separator: ", ")
    }

    private mutating func bounds(_ declared: SchemaView, _ seen: SchemaView, _ place: String) {
        if declared.choices != nil || seen.choices != nil { return }
        for name in SchemaView.upper {
            guard let reached = seen.bounds[name] else { continue }
            if let bound = declared.bounds[name] {
                guard bound < reached else { continue }
                note(
                    .tighter, place, name, document: Self.text(bound),
                    traffic: "\(Self.text(reached)) or more")
            } else if Self.bounded(name, declared.types),
                !(name == "maxLength" && Self.isShort(declared.format))
            {
                note(.looser, place, name, document: "none")
            }
        }
        for name in SchemaView.lower {
            guard let reached = seen.bounds[name], let bound = declared.bounds[name],
                bound > reached
            else { continue }
            note(
                .tighter, place, name, document: Self.text(bound),
                traffic: "\(Self.text(reached)) or less")
        }
        formats(declared, seen, place)
    }

    /// Whether the document allows values that the bound is one of.
    private static func bounded(_ name: String, _ types: Set<String>?) -> Bool {
        guard let types else { return name != "maxProperties" }
        return switch name {
        case "maxLength": types.contains("string")
        case "maximum": types.contains("integer") || types.contains("number")
        case "maxItems": types.contains("array")
        default: false
        }
    }

    /// Formats whose texts cannot be long.
    private static func isShort(_ format: String?) -> Bool {
        ["date", "email", "ipv4", "ipv6", "uuid", "date-time"].contains(format)
    }

    private mutating func formats(_ declared: SchemaView, _ seen: SchemaView, _ place: String) {
        guard seen.types?.contains("string") == true, declared.format != seen.format else { return }
        if let format = declared.format {
            if Self.formats.contains(format) {
                note(
                    .tighter, place, "format", document: format, traffic: seen.format ?? "others")
            }
        } else if let format = seen.format {
            note(.looser, place, "format", document: "none", traffic: format)
        }
    }

    private static func text(_ value: Double) -> String {
        Int(exactly: value).map { String($0) } ?? "\(value)"
    }

    private mutating func members(
        _ declared: SchemaView, _ seen: SchemaView, _ place: String, _ depth: Int
    ) {
        for (name, schema) in seen.properties.sorted(by: { $0.key < $1.key }) {
            let inner = "\(place)/\(name.pointerEscaped)"
            if let known = declared.properties[name] {
                compare(known, schema, inner, depth: depth + 1)
            } else if declared.isClosed {
                note(.tighter, inner, "member", document: "refused")
            } else if let rest = declared.additional, rest != .bool(true) {
                compare(rest, schema, inner, depth: depth + 1)
            } else {
                note(.undeclared, inner, "member")
            }
        }
        for name in declared.properties.keys.sorted() where seen.properties[name] == nil {
            note(.unseen, "\(place)/\(name.pointerEscaped)", "member")
        }
        for name in declared.required.subtracting(seen.required).sorted() {
            note(
                .tighter, "\(place)/\(name.pointerEscaped)", "required", document: "always",
                traffic: "not always")
        }
        let always = seen.required.subtracting(declared.required)
        for name in always.sorted() where declared.properties[name] != nil {
            note(
                .looser, "\(place)/\(name.pointerEscaped)", "required", document: "optional",
                traffic: "always")
        }
        rest(declared, seen, place, depth)
    }

    /// Members that are not named.
    private mutating func rest(
        _ declared: SchemaView, _ seen: SchemaView, _ place: String, _ depth: Int
    ) {
        guard let additional = seen.additional, additional != .bool(false) else {
            if !declared.isClosed {
                note(.looser, place, "additionalProperties", document: "allowed")
            }
            return
        }
        if declared.isClosed {
            note(.tighter, place, "additionalProperties", document: "refused")
        } else if let own = declared.additional, own != .bool(true) {
            compare(own, additional, place + "/*", depth: depth + 1)
        } else if !additional.members.isEmpty {
            note(.looser, place, "additionalProperties", document: "anything")
        }
    }
}
