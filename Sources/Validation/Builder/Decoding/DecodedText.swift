import GatehouseCore

/// A parsed text with its tape, to be kept: what `Decoder`, whose containers live as long as they
/// like, can hold on to.
final class DecodedText: Sendable {
    let bytes: [UInt8]
    let nodes: [JSONNode]

    init(bytes: [UInt8], tape: JSONTape) {
        self.bytes = bytes
        nodes = tape.nodes
    }

    /// A copy of one value and all that is in it.
    init(_ value: borrowing JSONValue) {
        let first = value.node
        // A string's place is behind its quote.
        let start = first.kind == .string ? first.start - 1 : first.start
        let end = first.kind == .string ? first.start + first.count + 1 : first.start + first.count
        bytes = value.bytes.extracting(Int(start)..<Int(end)).array
        let offset = Int32(value.index)
        var nodes: [JSONNode] = []
        for index in value.index..<max(Int(first.next), value.index + 1) {
            var node = value.nodes[index]
            node.start -= start
            node.next -= offset
            nodes.append(node)
        }
        self.nodes = nodes
    }

    /// Looks at the value at a place of the tape.
    func read<T>(_ index: Int, _ body: (borrowing JSONValue) throws -> T) rethrows -> T {
        let bytes = bytes
        let nodes = nodes
        return try body(JSONValue(bytes: bytes.raw, nodes: nodes.span, index: index))
    }

    func kind(_ index: Int) -> JSONKind { nodes[index].kind }

    /// The place of a member's name, and of the name that follows it; nil if there is no such
    /// member. Looks from `start` on and then at those before it.
    func member(_ name: String, of object: Int, from start: Int) -> (name: Int, next: Int)? {
        let end = Int(nodes[object].next)
        var index = start < end ? start : object + 1
        for _ in 0..<Int(nodes[object].children) {
            let next = Int(nodes[index + 1].next)
            if isName(index, name) { return (index, next) }
            index = next < end ? next : object + 1
        }
        return nil
    }

    private func isName(_ index: Int, _ name: String) -> Bool {
        let node = nodes[index]
        // Escapes only make a text longer than what it means.
        let count = name.utf8.count
        guard node.isSpecial ? Int(node.count) > count : Int(node.count) == count else {
            return false
        }
        // Every byte of a text is initialised, so that its raw view is safe.
        return read(index) { unsafe $0.equals(name.utf8Span.span.bytes) }
    }

    /// The keys on the way from the root to a value.
    func path(to index: Int) -> [any CodingKey] {
        var path: [any CodingKey] = []
        var place = 0
        while place < index {
            let isObject = nodes[place].kind == .object
            var (child, ordinal) = (place + 1, 0)
            while Int(nodes[isObject ? child + 1 : child].next) <= index {
                child = Int(nodes[isObject ? child + 1 : child].next)
                ordinal += 1
            }
            path.append(
                isObject
                    ? JSONPlainKey(stringValue: string(child) ?? "") : JSONPlainKey(index: ordinal))
            place = isObject ? child + 1 : child
        }
        return path
    }

    /// Places of the names of an object's members.
    func names(of object: Int) -> [Int] {
        var all: [Int] = []
        var index = object + 1
        let end = Int(nodes[object].next)
        while index < end {
            all.append(index)
            index = Int(nodes[index + 1].next)
        }
        return all
    }

    func string(_ index: Int) -> String? { read(index) { $0.string } }
}
