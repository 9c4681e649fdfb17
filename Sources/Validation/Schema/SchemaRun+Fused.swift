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
            let plan = program.fused[place].object
            isFit =
                kinds.contains(.object) && program.fused[place].names < 0
                && (plan < 0 || fitsFusedObject(plan, index, &scratch))
        case .array:
            let items = program.fused[place].items
            isFit =
                kinds.contains(.array) && program.fused[place].names < 0
                && (items <= SchemaBlock.always || fitsFusedArray(items, index, &scratch))
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
        guard let integer = value(index).integer else { return nil }
        return program.fused[place].least <= integer && integer <= program.fused[place].most
    }

    @inline(never)
    private func fitsRest(
        _ block: Int32, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        guard goDown(1, &scratch) else { return false }
        let kind = SchemaKinds(nodes[index].kind)
        let fused = program.fused[Int(block)]
        var place = Int(fused.rest)
        while place < Int(fused.restEnd) {
            let instruction = program.rest[place]
            guard
                instruction.kinds.isDisjoint(with: kind)
                    || check(instruction, index, -1, &scratch)
            else { break }
            place &+= 1
        }
        scratch.depthLeft &+= 1
        return place >= Int(fused.restEnd)
    }

    @inline(never)
    private func fitsFusedObject(
        _ number: Int32, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let place = Int(number)
        let table = program.objects[place].table
        let additional = program.objects[place].additional
        guard goDown(1 &+ Int(nodes[index].children), &scratch) else { return false }
        var required: UInt64 = 0
        var name = index &+ 1
        let end = Int(nodes[index].next)
        while name < end {
            var block = additional
            if table >= 0, let entry = find(name, isName: true, table, &scratch) {
                if entry.required >= 0 { required |= 1 &<< UInt64(entry.required) }
                if entry.block != SchemaBlock.none { block = entry.block }
            }
            if block > SchemaBlock.always, !fitsFused(block, name &+ 1, &scratch) { break }
            name = Int(nodes[name &+ 1].next)
        }
        scratch.depthLeft &+= 1
        let wanted = SchemaObjectPlan.requiredInWord &- Int(program.objects[place].requiredCount)
        return name >= end && required == UInt64.max >> UInt64(wanted)
    }

    @inline(never)
    private func fitsFusedArray(
        _ block: Int32, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        guard goDown(1 &+ Int(nodes[index].children), &scratch) else { return false }
        var element = index &+ 1
        let end = Int(nodes[index].next)
        while element < end, fitsFused(block, element, &scratch) {
            element = Int(nodes[element].next)
        }
        scratch.depthLeft &+= 1
        return element >= end
    }

    /// Counts work, and that it is part of other work.
    @inline(__always)
    private func goDown(_ steps: Int, _ scratch: inout SchemaScratch) -> Bool {
        guard scratch.depthLeft > 0, scratch.spend(steps) else {
            if scratch.refusal == nil { scratch.refusal = .depth }
            return false
        }
        scratch.depthLeft &-= 1
        return true
    }
}
