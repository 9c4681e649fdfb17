/// A block's checks of kind, length, range and content as plain numbers side by side, so that
/// whoever only asks whether a value fits need not go through instructions.
struct FusedBlock: Sendable {
    /// Kinds that are allowed, `integer` where numbers with a fraction are not.
    var kinds = SchemaKinds.any
    /// Whether only the instructions tell; then no kind is allowed here.
    var isGeneral = false
    /// Whether there are instructions that are not part of this.
    var hasRest = false
    /// Code points of a string.
    var lengthMin: Int32 = 0
    var lengthMax = Int32.max
    /// Elements of an array, members of an object.
    var itemsMin: Int32 = 0
    var itemsMax = Int32.max
    var membersMin: Int32 = 0
    var membersMax = Int32.max
    /// Table of the strings that are allowed, or -1.
    var names: Int32 = -1
    /// Plan for members, or -1.
    var object: Int32 = -1
    /// Block for elements, or `SchemaBlock.none`.
    var items = SchemaBlock.none
    /// Where those lie in `SchemaProgram.rest`: first those that come before a look at what is in
    /// a container, so that nothing is done for a value that something cheaper refuses.
    var rest: Int32 = 0
    var late: Int32 = 0
    var restEnd: Int32 = 0
    var hasRange = false
    var least = Int64.min
    var most = Int64.max

    fileprivate static let general = {
        var block = FusedBlock()
        block.isGeneral = true
        block.kinds = []
        return block
    }()

    fileprivate static let never = {
        var block = FusedBlock()
        block.kinds = []
        return block
    }()
}

/// All blocks of a program in this form.
struct FusedBlocks {
    private(set) var blocks: [FusedBlock] = []
    private(set) var rest: [SchemaInstruction] = []

    init(_ parts: SchemaParts) {
        for (number, block) in parts.blocks.enumerated() {
            if number < Int(SchemaBlock.fixedCount) {
                blocks.append(number == Int(SchemaBlock.always) ? FusedBlock() : .never)
            } else if block.asksUnevaluated || !parts.dynamicAnchors.isEmpty {
                // What lies around it matters too.
                blocks.append(.general)
            } else {
                add(parts.code[Int(block.start)..<Int(block.end)], parts)
            }
        }
        for number in blocks.indices { blocks[number] = blocks[Self.meant(number, parts)] }
    }

    /// The block that one means which does nothing but refer.
    private static func meant(_ number: Int, _ parts: SchemaParts) -> Int {
        var number = number
        // The compiler refuses circles.
        while number >= Int(SchemaBlock.fixedCount) {
            let block = parts.blocks[number]
            guard block.end - block.start == 1 else { break }
            let only = parts.code[Int(block.start)]
            guard only.code == .reference || only.code == .allOf else { break }
            number = Int(only.a)
        }
        return number
    }

    private mutating func add(_ code: ArraySlice<SchemaInstruction>, _ parts: SchemaParts) {
        var fused = FusedBlock()
        fused.rest = Int32(rest.count)
        var late: Int32?
        for instruction in code {
            let isTaken = Self.take(instruction, into: &fused, parts)
            if !isTaken { rest.append(instruction) }
            let looksInside = instruction.code == .array || instruction.code == .object
            if isTaken, looksInside { late = late ?? Int32(rest.count) }
        }
        fused.restEnd = Int32(rest.count)
        fused.late = late ?? fused.restEnd
        fused.hasRest = fused.rest < fused.restEnd
        blocks.append(fused)
    }

    /// False if it must stay an instruction.
    private static func take(
        _ instruction: SchemaInstruction, into fused: inout FusedBlock, _ parts: SchemaParts
    ) -> Bool {
        let a = Int(instruction.a)
        switch instruction.code {
        case .type:
            fused.kinds = SchemaKinds(rawValue: UInt8(truncatingIfNeeded: instruction.a))
        case .length:
            (fused.lengthMin, fused.lengthMax) = (instruction.a, instruction.b)
        case .items: (fused.itemsMin, fused.itemsMax) = (instruction.a, instruction.b)
        case .members: (fused.membersMin, fused.membersMax) = (instruction.a, instruction.b)
        case .names:
            guard fused.names < 0 else { return false }
            fused.names = instruction.a
        case .minimum, .exclusiveMinimum, .maximum, .exclusiveMaximum:
            guard let bound = parts.numbers[a].integer else { return false }
            return take(instruction.code, bound, into: &fused)
        case .object:
            let plan = parts.objects[a]
            guard plan.patternsCount == 0, plan.names == SchemaBlock.none,
                plan.requiredCount <= SchemaObjectPlan.requiredInWord
            else { return false }
            fused.object = instruction.a
        case .array:
            let plan = parts.arrays[a]
            guard plan.prefixCount == 0 else { return false }
            fused.items = plan.rest
        default: return false
        }
        return true
    }

    private static func take(
        _ code: SchemaInstruction.Code, _ bound: Int64, into fused: inout FusedBlock
    ) -> Bool {
        switch code {
        case .minimum: fused.least = max(fused.least, bound)
        case .maximum: fused.most = min(fused.most, bound)
        case .exclusiveMinimum:
            guard bound < .max else { return false }
            fused.least = max(fused.least, bound + 1)
        default:
            guard bound > .min else { return false }
            fused.most = min(fused.most, bound - 1)
        }
        fused.hasRange = true
        return true
    }
}
