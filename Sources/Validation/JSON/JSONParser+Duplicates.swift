import GatehouseCore

extension JSONParser {
    /// Up to here a name is compared with those before it, when one of them may be the same;
    /// beyond, all are sorted by hash, so that an object of many members costs n log n and not n².
    private static let pairwiseMax = 12

    /// Whether one of the members read so far has this name; of many, that is found out at the end.
    @inline(never)
    func hasName(
        _ range: ByteRange, _ hash: UInt32, _ hasEscapes: Bool, _ object: Int,
        _ nodes: borrowing Nodes
    ) -> Bool {
        let before = Int(nodes[object].detail) &- 1
        guard before < Self.pairwiseMax else { return false }
        var index = object &+ 1
        for _ in 0..<before {
            if nodes[index].detail == hash {
                let known = ByteRange(
                    start: Int(nodes[index].start), count: Int(nodes[index].count))
                if isSameName(known, nodes[index].isSpecial, range, hasEscapes) { return true }
            }
            index = Int(nodes[index &+ 1].next)
        }
        return false
    }

    /// Whether two members of the closed object at `object` have one name, escapes resolved:
    /// `"a"` and `"\u0061"` are the same.
    @inline(__always)
    func hasDuplicateMember(
        _ object: Int, _ nodes: borrowing Nodes, _ names: inout [JSONName]
    ) -> Bool {
        if nodes[object].isSpecial { return true }
        if Int(nodes[object].detail) <= Self.pairwiseMax { return false }
        return hasDuplicateAmongMany(object, nodes, &names)
    }

    @inline(never)
    private func hasDuplicateAmongMany(
        _ object: Int, _ nodes: borrowing Nodes, _ names: inout [JSONName]
    ) -> Bool {
        names.removeAll(keepingCapacity: true)
        var index = object &+ 1
        for _ in 0..<Int(nodes[object].detail) {
            names.append(JSONName(hash: hash(nodes[index]), index: Int32(index)))
            index = Int(nodes[index &+ 1].next)
        }
        names.sort { $0.hash < $1.hash }
        for place in 1..<names.count {
            var before = place &- 1
            while before >= 0, names[before].hash == names[place].hash {
                let (left, right) = (
                    nodes[Int(names[before].index)], nodes[Int(names[place].index)]
                )
                if isSameName(left.range, left.isSpecial, right.range, right.isSpecial) {
                    return true
                }
                before &-= 1
            }
        }
        return false
    }

    /// A hash that a client can't steer: Swift seeds it for each process.
    private func hash(_ name: JSONNode) -> UInt64 {
        var hasher = Hasher()
        let text = bytes.slice(name.range)
        if name.isSpecial {
            let decoded = JSONEscapes.resolved(text)
            unsafe decoded.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        } else {
            unsafe text.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        }
        return UInt64(truncatingIfNeeded: hasher.finalize())
    }

    /// The hash of what a name with escapes stands for.
    @inline(never)
    func escapedHash(_ range: ByteRange) -> UInt32 {
        let decoded = JSONEscapes.resolved(bytes.slice(range))
        return decoded.raw.nameHash(ByteRange(start: 0, count: decoded.count))
    }

    private func isSameName(
        _ left: ByteRange, _ leftHasEscapes: Bool, _ right: ByteRange, _ rightHasEscapes: Bool
    ) -> Bool {
        let (left, right) = (bytes.slice(left), bytes.slice(right))
        if !leftHasEscapes, !rightHasEscapes { return left.equals(right) }
        return JSONEscapes.resolved(left) == JSONEscapes.resolved(right)
    }
}

extension JSONNode {
    /// Where its text is.
    fileprivate var range: ByteRange { ByteRange(start: Int(start), count: Int(count)) }
}
