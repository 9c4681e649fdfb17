import GatehouseCore

/// Parameters of the style deepObject, such as `filter[name]=x` and `ids[]=1`, as a tree.
struct OpenAPITree {
    private struct Node {
        var keys: [String] = []
        var children: [String: Int] = [:]
        var texts: [String] = []
    }

    private var nodes = [Node()]

    /// Pairs of brackets behind a name.
    private static let depthMax = 8

    /// The names in the brackets behind a parameter's name; nil if it is another's, or written in
    /// any other way. An empty pair can stand at the end alone.
    static func path(of name: String, under parameter: String) -> [String]? {
        guard name.hasPrefix(parameter + "["), name.hasSuffix("]") else { return nil }
        let inside = name.dropFirst(parameter.count + 1).dropLast()
        let steps = String(inside).split(separator: "][", omittingEmptySubsequences: false)
            .map(String.init)
        guard steps.count <= depthMax else { return nil }
        for (index, step) in steps.enumerated() {
            guard !step.contains("["), !step.contains("]") else { return nil }
            guard !step.isEmpty || index > 0 || steps.count == 1 else { return nil }
            guard !step.isEmpty || index == steps.count - 1 else { return nil }
        }
        return steps
    }

    /// Whether nothing was added.
    var isEmpty: Bool { nodes[0].children.isEmpty }

    mutating func add(_ text: String, at path: [String]) {
        var place = 0
        for step in path {
            if let known = nodes[place].children[step] {
                place = known
            } else {
                nodes.append(Node())
                nodes[place].children[step] = nodes.count - 1
                nodes[place].keys.append(step)
                place = nodes.count - 1
            }
        }
        nodes[place].texts.append(text)
    }

    /// Writes the tree; false if something in it could be read in two ways.
    func write(as shape: OpenAPIShape, to json: inout JSONWriter) -> Bool {
        write(0, shape, &json)
    }

    private func write(_ place: Int, _ shape: OpenAPIShape, _ json: inout JSONWriter) -> Bool {
        let node = nodes[place]
        guard !node.keys.isEmpty else {
            guard node.texts.count == 1 else { return false }
            OpenAPIText.write(node.texts[0], as: shape.kinds, to: &json)
            return true
        }
        guard node.texts.isEmpty else { return false }
        return shape.takesList && node.keys.allSatisfy(\.isIndex)
            ? writeList(node, shape, &json) : writeRecord(node, shape, &json)
    }

    /// `a[]` several times, or `a[0]`, `a[1]` and so on in their order.
    private func writeList(
        _ node: Node, _ shape: OpenAPIShape, _ json: inout JSONWriter
    ) -> Bool {
        let element = shape.elements.first ?? OpenAPIShape(kinds: shape.kinds)
        json.beginArray()
        if node.keys == [""] {
            let items = nodes[node.children[""] ?? 0]
            guard items.keys.isEmpty else { return false }
            for text in items.texts { OpenAPIText.write(text, as: element.kinds, to: &json) }
        } else {
            for (index, key) in node.keys.enumerated() {
                guard key == String(index), let child = node.children[key],
                    write(child, element, &json)
                else { return false }
            }
        }
        json.endArray()
        return true
    }

    private func writeRecord(
        _ node: Node, _ shape: OpenAPIShape, _ json: inout JSONWriter
    ) -> Bool {
        json.beginObject()
        for key in node.keys {
            guard !key.isEmpty, let child = node.children[key] else { return false }
            json.key(key)
            let member = shape.members[key] ?? OpenAPIShape(kinds: shape.otherKinds)
            guard write(child, member, &json) else { return false }
        }
        json.endObject()
        return true
    }
}

extension OpenAPIShape {
    fileprivate var takesList: Bool { form == .list || !elements.isEmpty }
}

extension String {
    fileprivate var isIndex: Bool { utf8.allSatisfy(\.isDigit) }
}
