import GatehouseCore

extension SchemaRun {
    func hasType(
        _ instruction: SchemaInstruction, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let allowed = SchemaKinds(rawValue: UInt8(truncatingIfNeeded: instruction.a))
        let node = nodes[index]
        if !allowed.isDisjoint(with: SchemaKinds(node.kind)) { return true }
        if node.kind == .number, allowed.contains(.integer),
            node.isSpecial || DecimalText(value(index).text).isInteger
        {
            return true
        }
        return fail(
            &scratch, "type", "must be " + allowed.names.joined(separator: " or "),
            expected: allowed.names.joined(separator: ","))
    }

    func isConstant(
        _ instruction: SchemaInstruction, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let value = value(index)
        let (bytes, nodes) = (program.constantBytes, program.constantNodes)
        for number in Int(instruction.a)..<Int(instruction.a &+ instruction.b) {
            let constant = JSONValue(
                bytes: bytes.raw, nodes: nodes.span, index: Int(program.constants[number]))
            guard scratch.spend(1 &+ Int(constant.node.next) &- constant.index) else {
                return false
            }
            if value.isEqual(to: constant, &scratch.equality) { return true }
        }
        if instruction.b == 1 {
            return fail(&scratch, "const", "must be the one allowed value")
        }
        return fail(&scratch, "enum", "must be one of the allowed values")
    }

    func isName(
        _ instruction: SchemaInstruction, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let isKnown =
            nodes[index].kind == .string
            && find(index, isName: false, instruction.a, &scratch) != nil
        if isKnown { return true }
        return fail(&scratch, "enum", "must be one of the allowed values")
    }

    /// What a table knows of a string or, whose hash is known, a member's name.
    @inline(always)
    func find(
        _ index: Int, isName: Bool, _ number: Int32, _ scratch: inout SchemaScratch
    ) -> PropertyTables.Entry? {
        find(index, isName: isName, in: program.names.table(number), &scratch)
    }

    /// The same in a table that was looked up before.
    @inline(always)
    func find(
        _ index: Int, isName: Bool, in table: PropertyTables.Table,
        _ scratch: inout SchemaScratch
    ) -> PropertyTables.Entry? {
        let node = nodes[index]
        if !node.isSpecial {
            let range = ByteRange(start: Int(node.start), count: Int(node.count))
            let hash = isName ? node.detail : bytes.nameHash(range)
            return program.names.find(range, hash, of: bytes, in: table)
        }
        scratch.text.removeAll(keepingCapacity: true)
        value(index).appendText(to: &scratch.text)
        let range = ByteRange(start: 0, count: scratch.text.count)
        let text = scratch.text.raw
        return program.names.find(range, text.nameHash(range), of: text, in: table)
    }

    func isInRange(
        _ instruction: SchemaInstruction, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let order = compare(index, Int(instruction.a))
        let bound = program.numbers[Int(instruction.a)].text
        switch instruction.code {
        case .minimum:
            if order >= 0 { return true }
            return fail(&scratch, "minimum", "must be at least \(bound)", expected: bound)
        case .maximum:
            if order <= 0 { return true }
            return fail(&scratch, "maximum", "must be at most \(bound)", expected: bound)
        case .exclusiveMinimum:
            if order > 0 { return true }
            return fail(&scratch, "exclusiveMinimum", "must be over \(bound)", expected: bound)
        default:
            if order < 0 { return true }
            return fail(&scratch, "exclusiveMaximum", "must be under \(bound)", expected: bound)
        }
    }

    /// -1, 0 or 1 as the number is less than, equal to or greater than the bound.
    @inline(__always)
    private func compare(_ index: Int, _ bound: Int) -> Int {
        if let limit = program.numbers[bound].integer, let integer = value(index).integer {
            return integer < limit ? -1 : integer == limit ? 0 : 1
        }
        let text = program.numbers[bound].bytes
        return DecimalText(value(index).text).compare(to: DecimalText(text.raw))
    }

    func isMultiple(
        _ instruction: SchemaInstruction, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let divisor = program.divisors[Int(instruction.a)]
        let divides: Bool
        if let small = divisor.integer, let integer = value(index).integer {
            divides = integer.isMultiple(of: small)
        } else {
            divides = divisor.exact.divides(DecimalText(value(index).text))
        }
        if divides { return true }
        return fail(
            &scratch, "multipleOf", "must be a multiple of \(divisor.text)",
            expected: divisor.text)
    }

    func hasLength(
        _ instruction: SchemaInstruction, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let (least, most) = (Int(instruction.a), Int(instruction.b))
        let size = Int(nodes[index].count)
        // A character has one byte to four, and no more than twelve with its escape.
        if size <= most, size >= least &* 12 { return true }
        let count = length(index)
        if count < least {
            return fail(
                &scratch, "minLength", "must have at least \(least) characters",
                expected: "\(least)")
        }
        if count > most {
            return fail(
                &scratch, "maxLength", "must have at most \(most) characters",
                expected: "\(most)")
        }
        return true
    }

    /// Characters of a string.
    func length(_ index: Int) -> Int {
        nodes[index].isSpecial ? escapedLength(index) : value(index).text.scalarCount
    }

    /// For bytes in parts of a form; a text elsewhere counts by its own.
    func hasByteLength(
        _ instruction: SchemaInstruction, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let (least, most) = (Int(instruction.a), Int(instruction.b))
        let start = Int(nodes[index].start)
        let known = scratch.sizes.first { $0.start == start }?.count
        let count = known ?? value(index).string?.utf8.count ?? 0
        if count < least {
            return fail(
                &scratch, "minLength", "must have at least \(least) bytes", expected: "\(least)")
        }
        if count > most {
            return fail(
                &scratch, "maxLength", "must have at most \(most) bytes", expected: "\(most)")
        }
        return true
    }

    /// Characters of a string with escapes; a pair of them is one.
    private func escapedLength(_ index: Int) -> Int {
        let text = value(index).text
        var (position, count) = (0, 0)
        while position < text.byteCount {
            let byte = text.byte(position)
            if byte == UInt8(ascii: "\\") {
                let isUnit = text.byte(position &+ 1) == UInt8(ascii: "u")
                let unit = isUnit ? JSONEscapes.unit(text, at: position &+ 2) ?? 0 : 0
                position &+= !isUnit ? 2 : unit &>> 10 == 0x36 ? 12 : 6
                count &+= 1
            } else {
                if byte & 0xC0 != 0x80 { count &+= 1 }
                position &+= 1
            }
        }
        return count
    }

    func hasCount(
        _ instruction: SchemaInstruction, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let (least, most) = (instruction.a, instruction.b)
        let count = nodes[index].children
        let isArray = instruction.code == .items
        let things = isArray ? "elements" : "members"
        if count < least {
            return fail(
                &scratch, isArray ? "minItems" : "minProperties",
                "must have at least \(least) \(things)", expected: "\(least)")
        }
        if count > most {
            return fail(
                &scratch, isArray ? "maxItems" : "maxProperties",
                "must have at most \(most) \(things)", expected: "\(most)")
        }
        return true
    }

    func hasPattern(
        _ instruction: SchemaInstruction, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        matches(Int(instruction.a), index, &scratch)
            || fail(
                &scratch, "pattern", "must match the pattern",
                expected: program.patterns[Int(instruction.a)].source)
    }

    /// Whether a string or member name matches a pattern; too much work is noted as such.
    func matches(_ pattern: Int, _ index: Int, _ scratch: inout SchemaScratch) -> Bool {
        let verdict: Pattern.Verdict
        guard scratch.spend(Int(nodes[index].count) &>> 6) else { return false }
        if nodes[index].isSpecial {
            scratch.text.removeAll(keepingCapacity: true)
            value(index).appendText(to: &scratch.text)
            verdict = program.patterns[pattern]
                .matches(scratch.text.raw, using: scratch.pattern)
        } else {
            verdict = program.patterns[pattern].matches(value(index).text, using: scratch.pattern)
        }
        if verdict == .tooExpensive { scratch.refusal = .pattern }
        return verdict == .matches
    }

    func hasFormat(
        _ instruction: SchemaInstruction, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let format = program.formats[Int(instruction.a)]
        let isAccepted: Bool
        if nodes[index].isSpecial {
            scratch.text.removeAll(keepingCapacity: true)
            value(index).appendText(to: &scratch.text)
            isAccepted = format.accepts(scratch.text.raw)
        } else {
            isAccepted = format.accepts(value(index).text)
        }
        if isAccepted { return true }
        return fail(
            &scratch, "format", "must be of the format \(format.rawValue)",
            expected: format.rawValue)
    }
}

extension SchemaKinds {
    /// The names that schemas use.
    fileprivate var names: [String] {
        let all: [(SchemaKinds, String)] = [
            (.object, "object"), (.array, "array"), (.string, "string"), (.number, "number"),
            (.integer, "integer"), (.boolean, "boolean"), (.null, "null"),
        ]
        return all.filter { isSuperset(of: $0.0) }.map(\.1)
    }
}

extension RawSpan {
    /// Unicode scalars of valid UTF-8: bytes that continue none, eight at a time.
    fileprivate var scalarCount: Int {
        var (index, continuations) = (0, 0)
        while index &+ 8 <= byteCount {
            let word = word(index)
            let marked = word & ~(word &<< 1) & 0x8080_8080_8080_8080
            continuations &+= marked.nonzeroBitCount
            index &+= 8
        }
        while index < byteCount {
            if byte(index) & 0xC0 == 0x80 { continuations &+= 1 }
            index &+= 1
        }
        return byteCount &- continuations
    }
}
