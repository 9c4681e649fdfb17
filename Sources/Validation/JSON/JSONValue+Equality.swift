import GatehouseCore

extension JSONValue {
    /// Whether both are the same JSON value: numbers by their value, members in any order.
    func isEqual(to other: JSONValue, _ scratch: inout JSONEqualityScratch) -> Bool {
        guard kind == other.kind else { return false }
        switch kind {
        case .true, .false, .null: return true
        case .number: return DecimalText(text).compare(to: DecimalText(other.text)) == 0
        case .string: return hasText(of: other, &scratch)
        case .array:
            guard count == other.count else { return false }
            var (left, right) = (elements, other.elements)
            while let a = left.next(), let b = right.next() {
                if !a.isEqual(to: b, &scratch) { return false }
            }
            return true
        case .object:
            guard count == other.count else { return false }
            var members = members
            while let member = members.next() {
                guard let match = other.member(named: member.name, &scratch),
                    member.value.isEqual(to: match, &scratch)
                else { return false }
            }
            return true
        }
    }

    @_lifetime(copy self)
    private func member(named name: JSONValue, _ scratch: inout JSONEqualityScratch) -> JSONValue? {
        var members = members
        while let member = members.next() {
            if member.name.hasText(of: name, &scratch) { return member.value }
        }
        return nil
    }

    /// Whether two strings are the same text, escapes resolved.
    func hasText(of other: JSONValue, _ scratch: inout JSONEqualityScratch) -> Bool {
        if !node.isSpecial, !other.node.isSpecial { return text.equals(other.text) }
        scratch.left.removeAll(keepingCapacity: true)
        scratch.right.removeAll(keepingCapacity: true)
        appendText(to: &scratch.left)
        other.appendText(to: &scratch.right)
        return scratch.left.raw.equals(scratch.right.raw)
    }

    /// A number that equal values share; without the seed nobody can make others share it.
    func hash(seed: UInt64, _ scratch: inout JSONEqualityScratch) -> UInt64 {
        let start = seed &+ UInt64(kind.rawValue) &* 0x9E37_79B9_7F4A_7C15
        switch kind {
        case .true, .false, .null: return start.scrambled
        case .number: return DecimalText(text).hash(start)
        case .string:
            if !node.isSpecial { return text.hash(seed: start) }
            scratch.left.removeAll(keepingCapacity: true)
            appendText(to: &scratch.left)
            return scratch.left.raw.hash(seed: start)
        case .array:
            var result = start
            var elements = elements
            while let element = elements.next() {
                result = (result &* 31 &+ element.hash(seed: seed, &scratch)).scrambled
            }
            return result
        case .object:
            // A sum, because the order of members does not count.
            var result = start
            var members = members
            while let member = members.next() {
                let name = member.name.hash(seed: seed, &scratch)
                result = result &+ (name &* 31 &+ member.value.hash(seed: seed, &scratch)).scrambled
            }
            return result.scrambled
        }
    }
}

extension DecimalText {
    fileprivate func hash(_ seed: UInt64) -> UInt64 {
        if isZero { return seed.scrambled }
        var result = seed &+ UInt64(bitPattern: Int64(lastPower)) &+ (isNegative ? 1 : 0)
        forEachDigit { result = (result &* 31 &+ UInt64($0)).scrambled }
        return result
    }
}

/// Texts on their way to being compared.
struct JSONEqualityScratch: Sendable {
    var left: [UInt8] = []
    var right: [UInt8] = []
}

extension UInt64 {
    /// Every bit of the result depends on every bit of the number.
    @inline(__always)
    var scrambled: UInt64 {
        var value = self
        value = (value ^ value &>> 32) &* 0xD6E8_FEB8_6659_FD93
        value = (value ^ value &>> 32) &* 0xD6E8_FEB8_6659_FD93
        return value ^ value &>> 32
    }
}

extension RawSpan {
    /// A hash of the bytes, the same in every process for one seed.
    @inline(__always)
    func hash(seed: UInt64) -> UInt64 {
        var result = seed ^ UInt64(truncatingIfNeeded: byteCount) &* 0x9E37_79B9_7F4A_7C15
        var index = 0
        while index &+ 8 <= byteCount {
            result = (result ^ word(index)) &* 0xD6E8_FEB8_6659_FD93
            result ^= result &>> 32
            index &+= 8
        }
        var rest: UInt64 = 0
        while index < byteCount {
            rest = rest &<< 8 | UInt64(byte(index))
            index &+= 1
        }
        return (result ^ rest).scrambled
    }
}
