extension SchemaRun {
    func fitsDynamic(
        _ instruction: SchemaInstruction, _ index: Int, _ frame: Int,
        _ scratch: inout SchemaScratch
    ) -> Bool {
        for scope in scratch.scopes {
            for entry in program.dynamicAnchors
            where entry.resource == scope && entry.anchor == instruction.a {
                return fits(entry.block, index, frame, &scratch)
            }
        }
        return fits(instruction.b, index, frame, &scratch)
    }

    /// Whether an alternative fits; what it evaluated counts only if it does.
    private func fitsAlternative(
        _ block: Int32, _ index: Int, _ frame: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let known = scratch.declared.count
        if frame < 0 {
            if fitsQuietly(block, index, -1, &scratch) { return true }
            scratch.undeclare(to: known)
            return false
        }
        let own = scratch.pushMarks(Int(nodes[index].children))
        let isFit = fitsQuietly(block, index, own, &scratch)
        if isFit {
            scratch.mergeMarks(from: own, into: frame)
        } else {
            scratch.undeclare(to: known)
        }
        scratch.popMarks(to: own)
        return isFit
    }

    func fitsAny(
        _ instruction: SchemaInstruction, _ index: Int, _ frame: Int,
        _ scratch: inout SchemaScratch
    ) -> Bool {
        var isFit = false
        for place in Int(instruction.a)..<Int(instruction.a &+ instruction.b) {
            if fitsAlternative(program.lists[place], index, frame, &scratch) {
                isFit = true
                // The others may evaluate or declare more.
                if frame < 0, !scratch.isDeclaring { return true }
            }
            if scratch.refusal != nil { return false }
        }
        return isFit || explain(instruction, "anyOf", index, &scratch)
    }

    func fitsOne(
        _ instruction: SchemaInstruction, _ index: Int, _ frame: Int,
        _ scratch: inout SchemaScratch
    ) -> Bool {
        var count = 0
        for place in Int(instruction.a)..<Int(instruction.a &+ instruction.b) {
            if fitsAlternative(program.lists[place], index, frame, &scratch) { count &+= 1 }
            if count > 1 {
                return fail(&scratch, "oneOf", "fits more than one of the alternatives")
            }
            if scratch.refusal != nil { return false }
        }
        return count == 1 || explain(instruction, "oneOf", index, &scratch)
    }

    /// No alternative fits. If all but one are for values of another kind, what is wrong with that
    /// one is worth saying.
    private func explain(
        _ instruction: SchemaInstruction, _ keyword: StaticString, _ index: Int,
        _ scratch: inout SchemaScratch
    ) -> Bool {
        guard scratch.isCollecting else { return false }
        let before = scratch.issues
        let depth = scratch.path.count
        var candidates: [[ValidationIssue]] = []
        for place in Int(instruction.a)..<Int(instruction.a &+ instruction.b) {
            scratch.issues = []
            _ = fits(program.lists[place], index, -1, &scratch)
            let found = scratch.issues
            if !isForOthers(found, at: pointer(Array(scratch.path.prefix(depth)))) {
                candidates.append(found)
            }
            if scratch.refusal != nil { break }
        }
        scratch.issues = before
        guard candidates.count == 1, scratch.refusal == nil else {
            return fail(&scratch, keyword, "fits none of the alternatives")
        }
        scratch.issues += candidates[0].prefix(scratch.issuesMax - before.count)
        return false
    }

    /// Whether the issues say that an alternative was never meant: the value has another type, or a
    /// member that tells alternatives apart has another value.
    private func isForOthers(_ issues: [ValidationIssue], at pointer: String) -> Bool {
        issues.contains { issue in
            switch issue.keyword {
            case "type": issue.pointer == pointer
            case "const", "enum":
                issue.pointer == pointer
                    || issue.pointer.hasPrefix(pointer + "/")
                        && !issue.pointer.dropFirst(pointer.count + 1).contains("/")
            default: false
            }
        }
    }

    func fitsNot(
        _ instruction: SchemaInstruction, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let known = scratch.declared.count
        let isFit = fitsQuietly(instruction.a, index, -1, &scratch)
        scratch.undeclare(to: known)
        if !isFit { return true }
        return fail(&scratch, "not", "must not fit the excluded schema")
    }

    func fitsCondition(
        _ instruction: SchemaInstruction, _ index: Int, _ frame: Int,
        _ scratch: inout SchemaScratch
    ) -> Bool {
        let isTrue = fitsAlternative(instruction.a, index, frame, &scratch)
        return fits(isTrue ? instruction.b : instruction.c, index, frame, &scratch)
    }

    func fitsUnevaluatedItems(
        _ instruction: SchemaInstruction, _ index: Int, _ frame: Int,
        _ scratch: inout SchemaScratch
    ) -> Bool {
        var isFit = true
        var element = index &+ 1
        for ordinal in 0..<Int(nodes[index].children) {
            if !scratch.isMarked(ordinal, in: frame) {
                let isChildFit = fitsChild(
                    instruction.a, element, at: .element(ordinal), "unevaluatedItems", &scratch)
                isFit = isChildFit && isFit
                scratch.mark(ordinal, in: frame)
                if !isFit, !scratch.isCollecting || scratch.isOver { break }
            }
            element = Int(nodes[element].next)
        }
        return isFit
    }

    func fitsUnevaluatedMembers(
        _ instruction: SchemaInstruction, _ index: Int, _ frame: Int,
        _ scratch: inout SchemaScratch
    ) -> Bool {
        var isFit = true
        var name = index &+ 1
        let isClosed = instruction.a == SchemaBlock.never
        if scratch.isDeclaring, isClosed { scratch.declared.append(~Int32(index)) }
        for ordinal in 0..<Int(nodes[index].children) {
            if !scratch.isMarked(ordinal, in: frame), !scratch.isDeclaring || !isClosed {
                scratch.declare(name)
                let isChildFit = fitsChild(
                    instruction.a, name &+ 1, at: .member(name), "unevaluatedProperties", &scratch)
                isFit = isChildFit && isFit
                scratch.mark(ordinal, in: frame)
                if !isFit, !scratch.isCollecting || scratch.isOver { break }
            }
            name = Int(nodes[name &+ 1].next)
        }
        return isFit
    }
}
