import GatehouseCore

extension SchemaRun {
    func fitsObject(
        _ plan: SchemaObjectPlan, _ index: Int, _ frame: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        var isFit = true
        var required: UInt64 = 0
        let needsFrame = Int(plan.requiredCount) > SchemaObjectPlan.requiredInWord
        let present = needsFrame ? scratch.pushMarks(Int(plan.requiredCount)) : -1
        var name = index &+ 1
        if scratch.isDeclaring, plan.table >= 0 || plan.additional == SchemaBlock.never {
            scratch.declared.append(~Int32(index))
        }
        for ordinal in 0..<Int(nodes[index].children) {
            var isEvaluated = false
            if plan.table >= 0, let entry = find(name, isName: true, plan.table, &scratch) {
                if entry.required >= 0 {
                    if needsFrame {
                        scratch.mark(Int(entry.required), in: present)
                    } else {
                        required |= 1 &<< UInt64(entry.required)
                    }
                }
                if entry.block != SchemaBlock.none {
                    isEvaluated = true
                    isFit =
                        fitsChild(entry.block, name &+ 1, at: .member(name), "properties", &scratch)
                        && isFit
                }
            }
            if plan.patternsCount > 0 {
                isFit = fitsPatterns(plan, name, &isEvaluated, &scratch) && isFit
            }
            if !isEvaluated, plan.additional != SchemaBlock.none,
                !scratch.isDeclaring || plan.additional != SchemaBlock.never
            {
                isEvaluated = true
                isFit =
                    fitsChild(
                        plan.additional, name &+ 1, at: .member(name), "additionalProperties",
                        &scratch) && isFit
            }
            if plan.names != SchemaBlock.none {
                isFit =
                    fitsChild(plan.names, name, at: .member(name), "propertyNames", &scratch)
                    && isFit
            }
            if isEvaluated {
                scratch.mark(ordinal, in: frame)
                scratch.declare(name)
            }
            if !isFit, !scratch.isCollecting || scratch.isOver { break }
            name = Int(nodes[name &+ 1].next)
        }
        if isFit || scratch.isCollecting {
            isFit = hasRequired(plan, required, present, &scratch) && isFit
        }
        if needsFrame { scratch.popMarks(to: present) }
        return isFit
    }

    private func fitsPatterns(
        _ plan: SchemaObjectPlan, _ name: Int, _ isEvaluated: inout Bool,
        _ scratch: inout SchemaScratch
    ) -> Bool {
        guard scratch.spend(Int(plan.patternsCount)) else { return false }
        var isFit = true
        for pair in 0..<Int(plan.patternsCount) {
            let place = Int(plan.patterns) &+ pair &* 2
            guard matches(Int(program.lists[place]), name, &scratch) else { continue }
            isEvaluated = true
            isFit =
                fitsChild(
                    program.lists[place &+ 1], name &+ 1, at: .member(name), "patternProperties",
                    &scratch) && isFit
        }
        return isFit
    }

    private func hasRequired(
        _ plan: SchemaObjectPlan, _ small: UInt64, _ present: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let count = Int(plan.requiredCount)
        if present < 0 {
            let all =
                count == SchemaObjectPlan.requiredInWord ? UInt64.max : 1 &<< UInt64(count) &- 1
            if small == all { return true }
        }
        var hasAll = true
        for number in 0..<count {
            let isThere =
                present < 0
                ? small &>> UInt64(number) & 1 == 1 : scratch.isMarked(number, in: present)
            if isThere { continue }
            hasAll = isMissing(program.lists[Int(plan.required) &+ number], "required", &scratch)
            if !scratch.isCollecting { return false }
        }
        return hasAll
    }

    /// False; the issue points to where the member should be.
    private func isMissing(
        _ name: Int32, _ keyword: StaticString, _ scratch: inout SchemaScratch
    ) -> Bool {
        guard scratch.isCollecting, scratch.issues.count < scratch.issuesMax else { return false }
        let text = program.names.texts[Int(name)]
        scratch.issues.append(
            ValidationIssue(
                pointer: pointer(scratch.path) + "/" + text.pointerEscaped,
                keyword: "\(keyword)", message: "is required", expected: text))
        return false
    }

    /// The node of a member's name, or nil.
    private func member(_ name: Int32, of index: Int, _ scratch: inout SchemaScratch) -> Int? {
        var place = index &+ 1
        for _ in 0..<Int(nodes[index].children) {
            if nodes[place].isSpecial {
                scratch.text.removeAll(keepingCapacity: true)
                value(place).appendText(to: &scratch.text)
                if program.names.equals(scratch.text.raw, name) { return place }
            } else if program.names.equals(value(place).text, name) {
                return place
            }
            place = Int(nodes[place &+ 1].next)
        }
        return nil
    }

    func hasDependents(
        _ instruction: SchemaInstruction, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let members = Int(nodes[index].children)
        guard scratch.spend(members &* (Int(instruction.c) &+ 1) &>> 3),
            member(instruction.a, of: index, &scratch) != nil
        else { return scratch.refusal == nil }
        var isFit = true
        for place in Int(instruction.b)..<Int(instruction.b &+ instruction.c) {
            let name = program.lists[place]
            if member(name, of: index, &scratch) != nil { continue }
            isFit = isMissing(name, "dependentRequired", &scratch)
        }
        return isFit
    }

    func fitsDependent(
        _ instruction: SchemaInstruction, _ index: Int, _ frame: Int,
        _ scratch: inout SchemaScratch
    ) -> Bool {
        guard scratch.spend(Int(nodes[index].children) &>> 3) else { return false }
        if member(instruction.a, of: index, &scratch) == nil { return true }
        return fits(instruction.b, index, frame, &scratch)
    }

    func fitsArray(
        _ plan: SchemaArrayPlan, _ index: Int, _ frame: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        var isFit = true
        var element = index &+ 1
        for ordinal in 0..<Int(nodes[index].children) {
            let isPrefix = ordinal < Int(plan.prefixCount)
            let block = isPrefix ? program.lists[Int(plan.prefix) &+ ordinal] : plan.rest
            if block == SchemaBlock.none { break }
            let isChildFit =
                fitsChild(
                    block, element, at: .element(ordinal),
                    isPrefix ? "prefixItems" : plan.isAdditional ? "additionalItems" : "items",
                    &scratch)
            isFit = isChildFit && isFit
            scratch.mark(ordinal, in: frame)
            if !isFit, !scratch.isCollecting || scratch.isOver { break }
            element = Int(nodes[element].next)
        }
        return isFit
    }

    func contains(
        _ instruction: SchemaInstruction, _ index: Int, _ frame: Int,
        _ scratch: inout SchemaScratch
    ) -> Bool {
        var count: Int32 = 0
        var element = index &+ 1
        for ordinal in 0..<Int(nodes[index].children) {
            let known = scratch.declared.count
            if !fitsQuietly(instruction.a, element, -1, &scratch) {
                scratch.undeclare(to: known)
            } else {
                count &+= 1
                scratch.mark(ordinal, in: frame)
            }
            if scratch.refusal != nil { return false }
            element = Int(nodes[element].next)
        }
        let (least, most) = (instruction.b, instruction.c)
        if count < least {
            let keyword: StaticString = least == 1 ? "contains" : "minContains"
            return fail(
                &scratch, keyword, "must have at least \(least) elements of the asked kind",
                expected: "\(least)")
        }
        if count > most {
            return fail(
                &scratch, "maxContains", "must have at most \(most) elements of that kind",
                expected: "\(most)")
        }
        return true
    }

    func hasUniqueItems(_ index: Int, _ scratch: inout SchemaScratch) -> Bool {
        let count = Int(nodes[index].children)
        guard count > 1 else { return true }
        guard scratch.spend(Int(nodes[index].next) &- index) else { return false }
        var size = 4
        while size < count &* 2 { size &*= 2 }
        scratch.seen.removeAll(keepingCapacity: true)
        scratch.hashes.removeAll(keepingCapacity: true)
        scratch.seen.append(contentsOf: repeatElement(0, count: size))
        scratch.hashes.append(contentsOf: repeatElement(0, count: size))
        var element = index &+ 1
        for ordinal in 0..<count {
            if !isNew(element, size &- 1, &scratch) {
                return fail(&scratch, "uniqueItems", "must not hold a value twice")
            }
            if ordinal &+ 1 < count { element = Int(nodes[element].next) }
        }
        return true
    }

    /// Drawn once for a process, so that nobody can prepare values that meet.
    private static let seed = UInt64.random(in: .min ... .max)

    private func isNew(_ element: Int, _ mask: Int, _ scratch: inout SchemaScratch) -> Bool {
        let hash = value(element).hash(seed: Self.seed, &scratch.equality)
        var place = Int(truncatingIfNeeded: hash) & mask
        while scratch.seen[place] != 0 {
            if scratch.hashes[place] == hash,
                value(element).isEqual(to: value(Int(scratch.seen[place])), &scratch.equality)
            {
                return false
            }
            place = (place &+ 1) & mask
        }
        scratch.seen[place] = Int32(element)
        scratch.hashes[place] = hash
        return true
    }
}
