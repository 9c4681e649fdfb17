extension Kind {
    /// A list of at most `max` values of one kind.
    static func list<Element: Sendable>(
        of element: Kind<Element>, _ plural: String, in counts: ClosedRange<Int> = 0...1_000
    ) -> Kind where Value == [Element] {
        let name = "a list of \(plural)"
        return Kind(
            name, inner: element.inner, isSensitive: element.isSensitive,
            write: { values in "[" + values.map { element.write($0) }.joined(separator: ", ") + "]"
            },
            read: { node, decoding in
                guard case .sequence(let nodes) = node.content else {
                    let hint = element.isSensitive ? nil : node.listHint
                    Kind<Element>.wrong(
                        node, name, isSensitive: element.isSensitive, hint, &decoding)
                    return nil
                }
                guard counts.contains(nodes.count) else {
                    decoding.refuse(
                        node, nodes.isEmpty ? "an empty list" : "too many values",
                        found: "\(nodes.count) values",
                        expected: "\(name), \(counts.lowerBound) to \(counts.upperBound) of them")
                    return nil
                }
                return nodes.enumerated().compactMap { index, node in
                    decoding.descend("[\(index)]", node.span) { decoding in
                        element.read(node, &decoding)
                    }
                }
            })
    }

    /// A list in which no value may stand twice.
    static func unique<Element: Hashable & Sendable>(
        of element: Kind<Element>, _ plural: String, in counts: ClosedRange<Int> = 0...1_000
    ) -> Kind where Value == [Element] {
        let list = Kind.list(of: element, plural, in: counts)
        return Kind(list.name, inner: list.inner, write: list.write) { node, decoding in
            let before = decoding.findings.count
            guard let values = list.read(node, &decoding) else { return nil }
            guard decoding.findings.count == before, case .sequence(let nodes) = node.content else {
                return values
            }
            var seen: Set<Element> = []
            for (index, value) in values.enumerated() where !seen.insert(value).inserted {
                decoding.descend("[\(index)]", nodes[index].span) { decoding in
                    decoding.refuse(nodes[index], "listed twice", expected: "each value once")
                }
            }
            return values
        }
    }

    /// One value, or a list of them.
    static func oneOrMore<Element: Hashable & Sendable>(
        of element: Kind<Element>, _ plural: String, max: Int
    ) -> Kind where Value == [Element] {
        let list = Kind.unique(of: element, plural, in: 1...max)
        return Kind(
            "\(element.name), or a list of \(plural)",
            write: { values in
                values.count == 1 ? element.write(values[0]) : list.write(values)
            }
        ) { node, decoding in
            if case .sequence = node.content { return list.read(node, &decoding) }
            return element.read(node, &decoding).map { [$0] }
        }
    }

    private static func wrong(
        _ node: YAMLNode, _ expected: String, isSensitive: Bool, _ hint: String?,
        _ decoding: inout Decoding
    ) {
        if isSensitive { decoding.hide(node) }
        decoding.refuse(
            node, "wrong kind of value",
            found: node.isNull ? "nothing" : isSensitive ? node.shape : node.quoted,
            expected: expected, suggestion: hint)
    }
}

extension YAMLNode {
    fileprivate var listHint: String? {
        guard case .scalar(let text, _) = content, !isNull else { return nil }
        return "write `[\(text.printable(max: 60))]`"
    }
}
