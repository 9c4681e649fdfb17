/// One key of a section: the only place where its name, kind, default and meaning are written.
struct Field<Owner>: Sendable {
    let name: String
    let isRequired: Bool
    let isSensitive: Bool
    let isSecret: Bool
    /// Whether it is a mapping with keys of its own, which answers for its own secrets.
    let isMapping: Bool
    let reference: @Sendable (Owner) -> KeyReference
    let read: @Sendable (YAMLNode, inout Owner, inout Decoding) -> Void

    /// A key whose default is what the owner holds before it is read.
    init<Value>(
        _ name: String, _ path: any WritableKeyPath<Owner, Value> & Sendable, _ kind: Kind<Value>,
        _ meaning: String, isRequired: Bool = false, shownDefault: String? = nil
    ) {
        self.name = name
        self.isRequired = isRequired
        isSensitive = kind.isSensitive
        isSecret = kind.isSecret
        isMapping = kind.inner != nil
        reference = { owner in
            let written = kind.write(owner[keyPath: path])
            let isWord = written == "none" || written == "see below"
            let fallback = shownDefault ?? (isWord ? written : "`\(written)`")
            return KeyReference(
                name: name, kind: kind.name, fallback: isRequired ? "required" : fallback,
                meaning: meaning, inner: kind.inner)
        }
        read = { node, owner, decoding in
            if let value = kind.read(node, &decoding) { owner[keyPath: path] = value }
        }
    }
}

/// A mapping with a fixed set of keys.
struct Section<Owner: Sendable>: Sendable {
    /// Names it in errors: "a listener".
    let title: String
    let blank: @Sendable () -> Owner
    let fields: [Field<Owner>]
    /// What the keys must hold together; runs when each of them was fine.
    let check: @Sendable (inout Owner, YAMLNode, inout Decoding) -> Void

    init(
        _ title: String, _ blank: @escaping @autoclosure @Sendable () -> Owner,
        _ fields: [Field<Owner>],
        check: @escaping @Sendable (inout Owner, YAMLNode, inout Decoding) -> Void = { _, _, _ in }
    ) {
        self.title = title
        self.blank = blank
        self.fields = fields
        self.check = check
    }

    var names: [String] { fields.map(\.name) }
    /// Whether one of the keys is a secret itself: text in place of this mapping may be one.
    var isSensitive: Bool { fields.contains(where: \.isSecret) }

    var reference: SectionReference {
        let owner = blank()
        return SectionReference(keys: fields.map { $0.reference(owner) })
    }

    /// Reads the mapping; unknown, missing and wrong keys are noted, all of them.
    func read(_ node: YAMLNode, _ decoding: inout Decoding) -> Owner? {
        guard case .mapping(let entries) = node.content else {
            if isSensitive { decoding.hide(node) }
            decoding.refuse(
                node, "wrong kind of value",
                found: node.isNull ? "nothing" : isSensitive ? node.shape : node.quoted,
                expected: "a mapping with \(names.oneOf)")
            return nil
        }
        let before = decoding.findings.count
        var owner = blank()
        for entry in entries {
            guard let field = fields.first(where: { $0.name == entry.key }) else {
                unknown(entry, &decoding)
                continue
            }
            decoding.descend("." + entry.key, entry.value.span) { decoding in
                field.read(entry.value, &owner, &decoding)
            }
        }
        for field in fields
        where field.isRequired && !entries.contains(where: { $0.key == field.name }) {
            missing(field.name, node, &decoding)
        }
        if decoding.findings.count == before { check(&owner, node, &decoding) }
        return owner
    }

    private func unknown(_ entry: YAMLNode.Entry, _ decoding: inout Decoding) {
        // A misspelt key may hold the secret that its neighbour was meant for.
        let near = Nearest.match(entry.key, in: names)
        let mayBeSecret = fields.contains { field in
            field.isSensitive && (!field.isMapping || field.name == near)
        }
        if mayBeSecret { decoding.hide(entry.value) }
        decoding.refuse(
            entry.keySpan, "unknown key `\(entry.key.printable(max: 60))`", key: entry.key,
            found: "a key that \(title) does not have", expected: names.oneOf,
            suggestion: near.map { "did you mean `\($0)`?" })
    }

    private func missing(_ name: String, _ node: YAMLNode, _ decoding: inout Decoding) {
        decoding.refuse(
            node.firstLine, "missing key `\(name)`", found: "\(title) without `\(name)`",
            expected: fields.first { $0.name == name }?.reference(blank()).kind ?? name)
    }
}

extension Kind where Value: Sendable {
    /// A mapping with a fixed set of keys.
    static func section(_ section: Section<Value>) -> Kind {
        Kind(
            "a mapping", inner: section.reference, isSensitive: section.isSensitive,
            write: { _ in "see below" }, read: { node, decoding in section.read(node, &decoding) })
    }

    /// A mapping from names of the user's choice to sections; the order is kept.
    static func named<Element: Sendable>(
        _ section: Section<Element>, _ plural: String, in counts: ClosedRange<Int>,
        _ path: any WritableKeyPath<Element, String> & Sendable
    ) -> Kind where Value == [Element] {
        let name = "a mapping from names to \(plural)"
        return Kind(
            name, inner: section.reference, write: { $0.isEmpty ? "none" : "see below" },
            read: { node, decoding in
                guard case .mapping(let entries) = node.content, counts.contains(entries.count)
                else {
                    decoding.refuse(
                        node, "wrong kind of value", found: node.isNull ? "nothing" : node.quoted,
                        expected: name)
                    return nil
                }
                return entries.compactMap { entry in
                    decoding.descend("." + entry.key.printable(max: 60), entry.value.span) {
                        decoding in
                        guard entry.key.isName else {
                            decoding.refuse(
                                entry.keySpan, "invalid name",
                                found: "`\(entry.key.printable(max: 60))`",
                                expected: "a name of letters, digits, `-`, `_` and `.`")
                            return nil
                        }
                        var element = section.read(entry.value, &decoding)
                        element?[keyPath: path] = entry.key
                        return element
                    }
                }
            })
    }
}

/// What the documentation says of one key.
package struct KeyReference: Sendable {
    package let name: String
    package let kind: String
    package let fallback: String
    package let meaning: String
    package let inner: SectionReference?
}

/// What the documentation says of one section.
package struct SectionReference: Sendable {
    package let keys: [KeyReference]
}
