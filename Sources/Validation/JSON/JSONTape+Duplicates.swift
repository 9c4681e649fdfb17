import GatehouseCore

extension JSONTape {
    /// Up to here names are compared pair by pair; beyond, sorted by hash, so that an object of
    /// many members costs n log n and not n².
    private static let pairwiseMax = 12

    /// Whether two members of the closed object at `object` have one name, escapes resolved:
    /// `"a"` and `"\u0061"` are the same.
    mutating func hasDuplicateMember(_ object: Int, in bytes: RawSpan) -> Bool {
        let count = Int(nodes[object].children)
        if count < 2 { return false }
        if count > Self.pairwiseMax { return hasDuplicateAmongMany(object, in: bytes) }
        var index = object &+ 1
        for left in 0..<count {
            let next = Int(nodes[index &+ 1].next)
            var other = next
            for _ in left &+ 1..<count {
                if isSameName(index, other, in: bytes) { return true }
                other = Int(nodes[other &+ 1].next)
            }
            index = next
        }
        return false
    }

    private mutating func hasDuplicateAmongMany(_ object: Int, in bytes: RawSpan) -> Bool {
        names.removeAll(keepingCapacity: true)
        var index = object &+ 1
        for _ in 0..<Int(nodes[object].children) {
            names.append(JSONName(hash: hash(index, in: bytes), index: Int32(index)))
            index = Int(nodes[index &+ 1].next)
        }
        names.sort { $0.hash < $1.hash }
        for place in 1..<names.count {
            var before = place &- 1
            while before >= 0, names[before].hash == names[place].hash {
                let left = Int(names[before].index)
                if isSameName(left, Int(names[place].index), in: bytes) { return true }
                before &-= 1
            }
        }
        return false
    }

    /// A hash that a client can't steer: Swift seeds it for each process.
    private func hash(_ index: Int, in bytes: RawSpan) -> UInt64 {
        var hasher = Hasher()
        let text = text(index, in: bytes)
        if nodes[index].isSpecial {
            var decoded: [UInt8] = []
            JSONEscapes.resolve(text, into: &decoded)
            unsafe decoded.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        } else {
            unsafe text.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        }
        return UInt64(truncatingIfNeeded: hasher.finalize())
    }

    private func isSameName(_ left: Int, _ right: Int, in bytes: RawSpan) -> Bool {
        if !nodes[left].isSpecial, !nodes[right].isSpecial {
            guard nodes[left].count == nodes[right].count else { return false }
            return text(left, in: bytes).equals(text(right, in: bytes))
        }
        var texts: ([UInt8], [UInt8]) = ([], [])
        JSONEscapes.resolve(text(left, in: bytes), into: &texts.0)
        JSONEscapes.resolve(text(right, in: bytes), into: &texts.1)
        return texts.0 == texts.1
    }

    @_lifetime(copy bytes)
    private func text(_ index: Int, in bytes: RawSpan) -> RawSpan {
        bytes.slice(ByteRange(start: Int(nodes[index].start), count: Int(nodes[index].count)))
    }
}
