import GatehouseCore

/// The way of those who only want to know whether a value fits.
extension SchemaRun {
    /// Whether the value at `index` fits a block, when nobody asks what is wrong, what was
    /// evaluated or what is declared.
    @inline(always)
    func fitsFused(_ block: Int32, _ index: Int, _ scratch: inout SchemaScratch) -> Bool {
        // Fields are read where they lie: a copy of the block would cost more than the checks.
        let place = Int(block)
        let kinds = program.fused[place].kinds
        let kind = nodes[index].kind
        let isFit: Bool
        switch kind {
        case .string:
            isFit =
                kinds.contains(.string) && hasFusedLength(place, index)
                && isFusedName(place, index, &scratch)
        case .number:
            // What is no machine integer is seldom, and needs care.
            guard let isInside = isInside(kinds, place, index) else {
                return fitsGeneral(block, index, -1, &scratch)
            }
            isFit = isInside && program.fused[place].names < 0
        case .object:
            isFit = kinds.contains(.object) && fitsFusedObject(block, index, &scratch)
        case .array:
            isFit = kinds.contains(.array) && fitsFusedArray(block, index, &scratch)
        case .true, .false, .null:
            isFit = kinds.contains(SchemaKinds(kind)) && program.fused[place].names < 0
        }
        if isFit { return program.fused[place].hasRest ? fitsRest(block, index, &scratch) : true }
        // Nothing is of a kind that a general block allows.
        return program.fused[place].isGeneral ? fitsGeneral(block, index, -1, &scratch) : false
    }

    /// A character has one byte to four, and no more than twelve with its escape.
    @inline(always)
    private func hasFusedLength(_ place: Int, _ index: Int) -> Bool {
        let count = nodes[index].count
        if count <= program.fused[place].lengthMax,
            Int(count) >= Int(program.fused[place].lengthMin) &* (nodes[index].isSpecial ? 12 : 4)
        {
            return true
        }
        return hasExactLength(place, index)
    }

    @inline(never)
    private func hasExactLength(_ place: Int, _ index: Int) -> Bool {
        let count = length(index)
        return count >= Int(program.fused[place].lengthMin)
            && count <= Int(program.fused[place].lengthMax)
    }

    @inline(always)
    private func isFusedName(
        _ place: Int, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let names = program.fused[place].names
        return names < 0 || isName(index, of: names, &scratch)
    }

    @inline(never)
    private func isName(_ index: Int, of table: Int32, _ scratch: inout SchemaScratch) -> Bool {
        find(index, isName: false, table, &scratch) != nil
    }

    /// Whether a number is of an allowed kind and in the range; nil if that must be looked at as a
    /// decimal.
    @inline(always)
    private func isInside(_ kinds: SchemaKinds, _ place: Int, _ index: Int) -> Bool? {
        if kinds.isDisjoint(with: .numeric) { return false }
        if !program.fused[place].hasRange {
            return kinds.contains(.number) || nodes[index].isSpecial ? true : nil
        }
        guard let integer = value(index).machineInteger else { return nil }
        return program.fused[place].least <= integer && integer <= program.fused[place].most
    }

    /// What is left to do for a value: of a container, what comes after a look at what is in it.
    @inline(never)
    private func fitsRest(
        _ block: Int32, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let isContainer = nodes[index].kind.isContainer
        let start = isContainer ? program.fused[Int(block)].late : program.fused[Int(block)].rest
        return fits(start, program.fused[Int(block)].restEnd, index, &scratch)
    }

    /// Whether instructions of the rest hold.
    private func fits(
        _ start: Int32, _ end: Int32, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        guard start < end else { return true }
        guard goDown(&scratch) else { return false }
        let kind = SchemaKinds(nodes[index].kind)
        var place = Int(start)
        while place < Int(end) {
            let instruction = program.rest[place]
            guard
                instruction.kinds.isDisjoint(with: kind)
                    || check(instruction, index, -1, &scratch)
            else { break }
            place &+= 1
        }
        scratch.depthLeft &+= 1
        return scratch.spend(place &- Int(start)) && place >= Int(end)
    }

    @inline(never)
    private func fitsFusedObject(
        _ block: Int32, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let place = Int(block)
        let count = nodes[index].children
        guard program.fused[place].names < 0, count >= program.fused[place].membersMin,
            count <= program.fused[place].membersMax, hasEarly(place, index, &scratch)
        else { return false }
        let plan = Int(program.fused[place].object)
        return plan < 0 || fitsMembers(plan, index, &scratch)
    }

    @inline(__always)
    private func fitsMembers(_ plan: Int, _ index: Int, _ scratch: inout SchemaScratch) -> Bool {
        guard goDown(&scratch) else { return false }
        let number = program.objects[plan].table
        let table = number < 0 ? nil : program.names.table(number)
        let additional = program.objects[plan].additional
        var required: UInt64 = 0
        var steps = 0
        var name = index &+ 1
        let end = Int(nodes[index].next)
        while name < end {
            steps &+= 1
            var block = additional
            if let table, let entry = find(name, isName: true, in: table, &scratch) {
                if entry.required >= 0 { required |= 1 &<< UInt64(entry.required) }
                if entry.block != SchemaBlock.none { block = entry.block }
            }
            if block > SchemaBlock.always, !fitsFused(block, name &+ 1, &scratch) { break }
            name = Int(nodes[name &+ 1].next)
        }
        scratch.depthLeft &+= 1
        let wanted = SchemaObjectPlan.requiredInWord &- Int(program.objects[plan].requiredCount)
        return scratch.spend(steps) && name >= end && required == UInt64.max >> UInt64(wanted)
    }

    @inline(never)
    private func fitsFusedArray(
        _ block: Int32, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let place = Int(block)
        let count = nodes[index].children
        guard program.fused[place].names < 0, count >= program.fused[place].itemsMin,
            count <= program.fused[place].itemsMax, hasEarly(place, index, &scratch)
        else { return false }
        let items = program.fused[place].items
        return items <= SchemaBlock.always || fitsElements(items, index, &scratch)
    }

    @inline(__always)
    private func fitsElements(
        _ block: Int32, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        guard goDown(&scratch) else { return false }
        var steps = 0
        var element = index &+ 1
        let end = Int(nodes[index].next)
        while element < end {
            steps &+= 1
            if !fitsFused(block, element, &scratch) { break }
            element = Int(nodes[element].next)
        }
        scratch.depthLeft &+= 1
        return scratch.spend(steps) && element >= end
    }

    /// Whether what is cheaper than a look at what is in a container holds.
    @inline(__always)
    private func hasEarly(_ place: Int, _ index: Int, _ scratch: inout SchemaScratch) -> Bool {
        let (start, end) = (program.fused[place].rest, program.fused[place].late)
        return start == end || fits(start, end, index, &scratch)
    }

    /// Counts a step that is part of another.
    @inline(__always)
    private func goDown(_ scratch: inout SchemaScratch) -> Bool {
        guard scratch.depthLeft > 0, scratch.spend(1) else {
            if scratch.refusal == nil { scratch.refusal = .depth }
            return false
        }
        scratch.depthLeft &-= 1
        return true
    }
}

extension JSONKind {
    /// Whether values are in it.
    @inline(__always)
    fileprivate var isContainer: Bool { self == .object || self == .array }
}
