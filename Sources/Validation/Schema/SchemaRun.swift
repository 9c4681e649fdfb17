import GatehouseCore

/// A program on its way through a value.
struct SchemaRun: ~Escapable {
    let program: SchemaProgram
    let bytes: RawSpan
    let nodes: Span<JSONNode>

    @_lifetime(copy value)
    init(_ program: SchemaProgram, _ value: JSONValue) {
        self.program = program
        bytes = value.bytes
        nodes = value.nodes
    }

    @_lifetime(copy self)
    func value(_ index: Int) -> JSONValue { JSONValue(bytes: bytes, nodes: nodes, index: index) }

    /// Whether the value at `index` fits a block. Marks in `frame`, unless it is -1, which members
    /// or elements were evaluated. When collecting, notes all that is wrong.
    func fits(
        _ block: Int32, _ index: Int, _ frame: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        if frame < 0, !scratch.isCollecting, !scratch.isDeclaring, !scratch.isLiteral {
            return scratch.spend(1) && fitsFused(block, index, &scratch)
        }
        return fitsGeneral(block, index, frame, &scratch)
    }

    /// The same by the instructions, one after the other.
    @inline(never)
    func fitsGeneral(
        _ block: Int32, _ index: Int, _ frame: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        if block < SchemaBlock.fixedCount { return fitsFixed(block, &scratch) }
        guard scratch.depthLeft > 0, scratch.spend(1) else {
            if scratch.refusal == nil { scratch.refusal = .depth }
            return false
        }
        scratch.depthLeft &-= 1
        let content = program.blocks[Int(block)]
        let entersScope = enter(content.resource, &scratch)
        let result =
            content.asksUnevaluated
            ? fitsInOwnFrame(content, index, frame, &scratch)
            : run(content, index, frame, &scratch)
        if entersScope { scratch.scopes.removeLast() }
        scratch.depthLeft &+= 1
        return result
    }

    private func fitsFixed(_ block: Int32, _ scratch: inout SchemaScratch) -> Bool {
        switch block {
        case SchemaBlock.always: return true
        case SchemaBlock.readOnly:
            return fail(&scratch, "readOnly", "is set by the server and can't be sent")
        case SchemaBlock.writeOnly:
            return fail(&scratch, "writeOnly", "is never sent by the server")
        default: return fail(&scratch, "false", "is not allowed")
        }
    }

    /// Notes which resource the scope is in, if anybody will ask.
    private func enter(_ resource: Int32, _ scratch: inout SchemaScratch) -> Bool {
        guard !program.dynamicAnchors.isEmpty, scratch.scopes.last != resource else { return false }
        scratch.scopes.append(resource)
        return true
    }

    /// What lies beside this schema does not count as evaluated for it; what it evaluates counts
    /// for the schema around it.
    private func fitsInOwnFrame(
        _ content: SchemaBlock, _ index: Int, _ frame: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let own = scratch.pushMarks(Int(nodes[index].children))
        let result = run(content, index, own, &scratch)
        if result { scratch.mergeMarks(from: own, into: frame) }
        scratch.popMarks(to: own)
        return result
    }

    private func run(
        _ content: SchemaBlock, _ index: Int, _ frame: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let kind = SchemaKinds(nodes[index].kind)
        var result = true
        var position = Int(content.start)
        while position < Int(content.end) {
            let instruction = program.code[position]
            position &+= 1
            if instruction.kinds.isDisjoint(with: kind) { continue }
            if check(instruction, index, frame, &scratch) { continue }
            result = false
            // The first thing that is wrong is enough, and a wrong type, or an alternative that was
            // named and does not fit, makes the rest moot.
            if !scratch.isCollecting || scratch.isOver || instruction.code == .type
                || instruction.code == .discriminator
            {
                break
            }
        }
        return result
    }

    @inline(__always)
    func check(
        _ instruction: SchemaInstruction, _ index: Int, _ frame: Int,
        _ scratch: inout SchemaScratch
    ) -> Bool {
        switch instruction.code {
        case .type: hasType(instruction, index, &scratch)
        case .constants: isConstant(instruction, index, &scratch)
        case .names: isName(instruction, index, &scratch)
        case .minimum, .maximum, .exclusiveMinimum, .exclusiveMaximum:
            isInRange(instruction, index, &scratch)
        case .multipleOf: isMultiple(instruction, index, &scratch)
        case .length: hasLength(instruction, index, &scratch)
        case .byteLength: hasByteLength(instruction, index, &scratch)
        case .items, .members: hasCount(instruction, index, &scratch)
        case .pattern: hasPattern(instruction, index, &scratch)
        case .format: hasFormat(instruction, index, &scratch)
        case .uniqueItems: hasUniqueItems(index, &scratch)
        case .array: fitsArray(program.arrays[Int(instruction.a)], index, frame, &scratch)
        case .contains: contains(instruction, index, frame, &scratch)
        case .object: fitsObject(program.objects[Int(instruction.a)], index, frame, &scratch)
        case .dependentRequired: hasDependents(instruction, index, &scratch)
        case .dependentSchema: fitsDependent(instruction, index, frame, &scratch)
        case .reference, .allOf: fits(instruction.a, index, frame, &scratch)
        case .dynamicReference: fitsDynamic(instruction, index, frame, &scratch)
        case .anyOf: fitsAny(instruction, index, frame, &scratch)
        case .oneOf: fitsOne(instruction, index, frame, &scratch)
        case .not: fitsNot(instruction, index, &scratch)
        case .discriminator: fitsNamed(instruction, index, &scratch)
        case .condition: fitsCondition(instruction, index, frame, &scratch)
        case .unevaluatedItems: fitsUnevaluatedItems(instruction, index, frame, &scratch)
        case .unevaluatedProperties: fitsUnevaluatedMembers(instruction, index, frame, &scratch)
        }
    }

    /// Whether a member's or element's value fits; its place is known to issues.
    @inline(__always)
    func fitsChild(
        _ block: Int32, _ index: Int, at step: SchemaScratch.Step, _ keyword: StaticString,
        _ scratch: inout SchemaScratch
    ) -> Bool {
        if block == SchemaBlock.always { return true }
        guard scratch.isCollecting else { return fits(block, index, -1, &scratch) }
        scratch.path.append(step)
        defer { scratch.path.removeLast() }
        if block == SchemaBlock.never { return fail(&scratch, keyword, "is not allowed") }
        return fits(block, index, -1, &scratch)
    }

    /// Whether the value fits, without a word about what is wrong.
    func fitsQuietly(
        _ block: Int32, _ index: Int, _ frame: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let wasCollecting = scratch.isCollecting
        scratch.isCollecting = false
        defer { scratch.isCollecting = wasCollecting }
        return fits(block, index, frame, &scratch)
    }
}
