import GatehouseCore

/// A JSON text that is kept, such as a schema: nodes that know their parent, found by pointer.
///
/// For texts that are looked at once, the tape alone is cheaper.
package final class JSONDocument: Sendable {
    struct Node: Sendable {
        var kind: JSONKind
        /// A member's name; empty for others.
        var name = ""
        /// A string's text or a number's digits.
        var text = ""
        var parent: Int
        /// Position among its siblings.
        var ordinal: Int
        var children: [Int] = []
    }

    let nodes: [Node]
    /// Members of large objects by name.
    private let index: [Key: Int]

    private struct Key: Hashable {
        let parent: Int
        /// By its bytes: two texts that only look the same are two names.
        let name: [UInt8]

        init(parent: Int, name: String) {
            self.parent = parent
            self.name = Array(name.utf8)
        }
    }

    /// From here on members are found by hash.
    private static let indexedMin = 16

    /// Reads a text.
    package init(_ bytes: RawSpan, limits: JSONLimits) throws(JSONError) {
        var tape = JSONTape()
        let root = try tape.parse(bytes, limits: limits)
        nodes = Self.copy(root)
        var index: [Key: Int] = [:]
        for (place, node) in nodes.enumerated() where node.kind == .object {
            guard node.children.count >= Self.indexedMin else { continue }
            for child in node.children {
                index[Key(parent: place, name: nodes[child].name)] = child
            }
        }
        self.index = index
    }

    /// Walks the tape in its order, which is the document's.
    private static func copy(_ root: JSONValue) -> [Node] {
        var nodes: [Node] = []
        // Containers that are open: their place, and the tape's index behind them.
        var open: [(place: Int, end: Int)] = []
        var index = root.index
        let end = root.kind == .object || root.kind == .array ? Int(root.node.next) : index + 1
        while index < end {
            while let last = open.last, last.end <= index { open.removeLast() }
            let parent = open.last?.place ?? -1
            var name = ""
            if parent >= 0, nodes[parent].kind == .object {
                name = root.at(index).string ?? ""
                index += 1
            }
            let value = root.at(index)
            let ordinal = parent < 0 ? 0 : nodes[parent].children.count
            if parent >= 0 { nodes[parent].children.append(nodes.count) }
            let text =
                value.kind == .number ? String(lossy: value.text) : value.string ?? ""
            nodes.append(
                Node(kind: value.kind, name: name, text: text, parent: parent, ordinal: ordinal))
            if value.kind == .object || value.kind == .array {
                open.append((nodes.count - 1, Int(value.node.next)))
            }
            index += 1
        }
        return nodes
    }

    /// The member of this name, or nil.
    func member(_ name: String, of object: Int) -> Int? {
        guard nodes[object].kind == .object else { return nil }
        if nodes[object].children.count >= Self.indexedMin {
            return index[Key(parent: object, name: name)]
        }
        return nodes[object].children.first { nodes[$0].name.utf8.elementsEqual(name.utf8) }
    }

    /// The node that a JSON Pointer (RFC 6901) leads to from another.
    func resolve(_ pointer: String, from start: Int = 0) -> Int? {
        if pointer.isEmpty { return start }
        guard pointer.utf8.first == UInt8(ascii: "/") else { return nil }
        var place = start
        for part in pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            let token = Self.unescape(part)
            switch nodes[place].kind {
            case .object:
                guard let member = member(token, of: place) else { return nil }
                place = member
            case .array:
                guard let ordinal = Int(token), token == String(ordinal),
                    nodes[place].children.indices.contains(ordinal)
                else { return nil }
                place = nodes[place].children[ordinal]
            default: return nil
            }
        }
        return place
    }

    /// `~1` and `~0` as what they stand for.
    private static func unescape(_ token: Substring) -> String {
        guard token.utf8.contains(UInt8(ascii: "~")) else { return String(token) }
        var bytes: [UInt8] = []
        var isEscaped = false
        for byte in token.utf8 {
            if isEscaped {
                bytes.append(byte == 0x31 ? UInt8(ascii: "/") : UInt8(ascii: "~"))
                isEscaped = false
            } else if byte == UInt8(ascii: "~") {
                isEscaped = true
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The JSON Pointer of a node.
    func pointer(of place: Int) -> String {
        var steps: [String] = []
        var place = place
        while nodes[place].parent >= 0 {
            let node = nodes[place]
            let isMember = nodes[node.parent].kind == .object
            steps.append(isMember ? node.name.pointerEscaped : String(node.ordinal))
            place = node.parent
        }
        return steps.reversed().map { "/" + $0 }.joined()
    }

    /// Writes a node as JSON; its nesting was bounded when it was read.
    func write(_ place: Int, to json: inout JSONWriter) {
        let node = nodes[place]
        switch node.kind {
        case .object:
            json.beginObject()
            for child in node.children {
                json.key(nodes[child].name)
                write(child, to: &json)
            }
            json.endObject()
        case .array:
            json.beginArray()
            for child in node.children { write(child, to: &json) }
            json.endArray()
        case .string: json.string(node.text)
        case .number: json.raw(Array(node.text.utf8))
        case .true: json.bool(true)
        case .false: json.bool(false)
        case .null: json.null()
        }
    }
}

extension String {
    /// The text as one step of a JSON Pointer.
    var pointerEscaped: String {
        guard utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
            return self
        }
        var bytes: [UInt8] = []
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "~"): bytes.append("~0")
            case UInt8(ascii: "/"): bytes.append("~1")
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
