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

    /// The place of a member's value and of its name, or nil.
    func member(_ name: String, of object: Int) -> (name: Int, value: Int)? {
        let wanted = Array(name.utf8)
        var index = object + 1
        let end = Int(nodes[object].next)
        while index < end {
            if read(index, { $0.equals(wanted.raw) }) { return (index, index + 1) }
            index = Int(nodes[index + 1].next)
        }
        return nil
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
