import GatehouseCore

/// Patterns as a tree of segments. Literal children of all nodes share one hash table, so that a
/// step costs the same with two routes and with two thousand.
struct RouteTrie: Sendable {
    struct Node: Sendable {
        /// Child for any segment, or -1.
        var parameter = -1
        /// Leaf of patterns that end here, or -1.
        var leaf = -1
        /// Leaf of patterns that end with `*` here, or -1.
        var rest = -1
    }

    private struct Edge: Sendable {
        var parent: Int
        var child: Int
        var name: ByteRange
    }

    private(set) var nodes = [Node()]
    private var edges: [Edge] = []
    private var names: [UInt8] = []
    private var slots = [Int32](repeating: -1, count: 16)

    /// The child of `parent` for a literal segment of these decoded bytes, made on demand.
    mutating func literal(_ bytes: [UInt8], under parent: Int) -> Int {
        let found = child(of: parent, bytes.raw, 0, bytes.count, isEncoded: false)
        if found >= 0 { return found }
        nodes.append(Node())
        let name = ByteRange(start: names.count, count: bytes.count)
        names.append(contentsOf: bytes)
        edges.append(Edge(parent: parent, child: nodes.count - 1, name: name))
        rebuild()
        return nodes.count - 1
    }

    /// The child of `parent` for any segment, made on demand.
    mutating func parameter(under parent: Int) -> Int {
        if nodes[parent].parameter < 0 {
            nodes.append(Node())
            nodes[parent].parameter = nodes.count - 1
        }
        return nodes[parent].parameter
    }

    mutating func setLeaf(_ leaf: Int, of node: Int, isRest: Bool) {
        if isRest { nodes[node].rest = leaf } else { nodes[node].leaf = leaf }
    }

    private mutating func rebuild() {
        var count = 16
        while count < edges.count * 4 { count *= 2 }
        slots = Array(repeating: -1, count: count)
        for (index, edge) in edges.enumerated() {
            let start = Int(edge.name.start)
            var slot = hash(
                edge.parent, names.raw, start, start + Int(edge.name.count), isEncoded: false)
            slot &= count - 1
            while slots[slot] >= 0 { slot = (slot + 1) & (count - 1) }
            slots[slot] = Int32(index)
        }
    }

    /// The child of `parent` for the segment at `start..<end`, or -1. `isEncoded` says that the
    /// segment holds percent escapes, which are resolved for the comparison.
    func child(
        of parent: Int, _ path: RawSpan, _ start: Int, _ end: Int, isEncoded: Bool
    ) -> Int {
        var slot = hash(parent, path, start, end, isEncoded: isEncoded)
        while true {
            slot &= slots.count &- 1
            let index = Int(slots[slot])
            if index < 0 { return -1 }
            let edge = edges[index]
            if edge.parent == parent, equals(edge.name, path, start, end, isEncoded: isEncoded) {
                return edge.child
            }
            slot &+= 1
        }
    }

    @inline(__always)
    private func hash(
        _ parent: Int, _ path: RawSpan, _ start: Int, _ end: Int, isEncoded: Bool
    ) -> Int {
        var hash = UInt64(truncatingIfNeeded: parent) &* 0x9E37_79B9_7F4A_7C15
        var index = start
        while index < end {
            var word: UInt64 = 0
            if isEncoded {
                var shift: UInt64 = 0
                while shift < 64, index < end {
                    let (byte, next) = path.decodedByte(index)
                    word |= UInt64(byte) &<< shift
                    shift &+= 8
                    index = next
                }
            } else {
                word = path.word(index, count: end &- index)
                index &+= 8
            }
            hash = (hash ^ word) &* 0xD6E8_FEB8_6659_FD93
            hash ^= hash &>> 32
        }
        return Int(truncatingIfNeeded: hash &>> 8)
    }

    @inline(__always)
    private func equals(
        _ name: ByteRange, _ path: RawSpan, _ start: Int, _ end: Int, isEncoded: Bool
    ) -> Bool {
        let known = names.raw.slice(name)
        if !isEncoded {
            guard known.byteCount == end &- start else { return false }
            return known.equals(path.extracting(start..<end))
        }
        var index = start
        var offset = 0
        while index < end, offset < known.byteCount {
            let (byte, next) = path.decodedByte(index)
            if byte != known.byte(offset) { return false }
            index = next
            offset &+= 1
        }
        return index == end && offset == known.byteCount
    }
}
