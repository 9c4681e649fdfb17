extension SchemaEvaluation {
    /// Where the check of an array stands.
    private struct Progress {
        var index = 0
        var ordered: ArraySlice<SchemaNode>
        var required: [SchemaNode]
        var reports: [SchemaReport] = []
        let isSingle: Bool

        var step: SchemaStep { isSingle ? .single : .element(index) }
    }

    /// Matches each element with the schemas of its place, the refused, the required and the
    /// others: in this order, as Joi has it.
    func checkElements(
        _ value: inout SchemaValue, _ node: SchemaNode, _ settings: SchemaSettings
    ) -> [SchemaReport] {
        let frame = Frame(value)
        var progress = Progress(
            ordered: node.definition.ordered[...], required: node.required, isSingle: isSingle)
        isSingle = false
        while case .array(let elements) = frame.value, progress.index < elements.count {
            let item = elements[progress.index]
            let before = progress.reports.count
            let goesOn = checkElement(item, frame, node, settings, &progress)
            if !goesOn { break }
            progress.index += 1
            if progress.reports.count > before, isEnough(progress.reports, settings) {
                value = frame.value
                return progress.reports
            }
        }
        if !progress.required.isEmpty {
            progress.reports.append(missing(progress.required, node))
        }
        if !progress.ordered.isEmpty { fillOrdered(frame, node, settings, &progress) }
        value = frame.value
        return progress.reports
    }

    /// False when no further element can be right.
    private func checkElement(
        _ item: SchemaValue, _ frame: Frame, _ node: SchemaNode, _ settings: SchemaSettings,
        _ progress: inout Progress
    ) -> Bool {
        if item.isUndefined, node.definition.flags.isSparse != true {
            reportAt(progress.step, "array.sparse", node, &progress)
            progress.ordered = progress.ordered.dropFirst()
            return true
        }
        for excluded in node.excluded {
            let isExcluded = inside(progress.step, frame, excluded) {
                fits(item, excluded, settings, presence: .ignore)
            }
            guard isExcluded else { continue }
            reportAt(progress.step, "array.excludes", node, &progress)
            progress.ordered = progress.ordered.dropFirst()
            return true
        }
        if !node.definition.ordered.isEmpty {
            if let ordered = progress.ordered.popFirst() {
                let outcome = inside(progress.step, frame, ordered) {
                    evaluate(item, ordered, settings)
                }
                take(outcome, by: ordered, frame, node, &progress)
                return true
            }
            if node.definition.items.isEmpty {
                progress.reports.append(
                    report(
                        "array.orderedLength", node,
                        expected: String(node.definition.ordered.count)))
                return false
            }
        }
        checkInclusions(item, frame, node, settings, &progress)
        return true
    }

    private func checkInclusions(
        _ item: SchemaValue, _ frame: Frame, _ node: SchemaNode, _ settings: SchemaSettings,
        _ progress: inout Progress
    ) {
        for (place, required) in progress.required.enumerated() {
            let before = removed
            let outcome = inside(progress.step, frame, required) {
                evaluate(item, required, settings)
            }
            if outcome.fails {
                removed = before
                continue
            }
            take(outcome, by: required, frame, node, &progress)
            progress.required.remove(at: place)
            return
        }
        let inclusions = node.included + node.required
        guard !inclusions.isEmpty else { return }
        for inclusion in inclusions {
            let before = removed
            let outcome = inside(progress.step, frame, inclusion) {
                evaluate(item, inclusion, settings)
            }
            if !outcome.fails {
                take(outcome, by: inclusion, frame, node, &progress)
                return
            }
            removed = before
            if inclusions.count == 1 {
                if settings.stripsUnknownElements {
                    strip(frame, &progress)
                } else {
                    progress.reports += outcome.reports
                }
                return
            }
        }
        if settings.stripsUnknownElements {
            strip(frame, &progress)
        } else {
            reportAt(progress.step, "array.includes", node, &progress)
        }
    }

    /// Puts a checked element back, takes it out, or reports it.
    private func take(
        _ outcome: SchemaOutcome, by schema: SchemaNode, _ frame: Frame, _ node: SchemaNode,
        _ progress: inout Progress
    ) {
        if outcome.fails {
            progress.reports += outcome.reports
        } else if schema.definition.flags.result == .strip {
            strip(frame, &progress)
        } else if outcome.value.isUndefined, node.definition.flags.isSparse != true {
            reportAt(progress.step, "array.sparse", node, &progress)
        } else {
            let index = progress.index
            frame.change { $0[index] = outcome.value }
        }
    }

    private func strip(_ frame: Frame, _ progress: inout Progress) {
        let index = progress.index
        frame.change { _ = $0.remove(at: index) }
        progress.index -= 1
    }

    private func reportAt(
        _ step: SchemaStep, _ code: String, _ node: SchemaNode, _ progress: inout Progress
    ) {
        path.append(step)
        progress.reports.append(report(code, node))
        path.removeLast()
    }

    /// What is said of required schemas that no element fitted.
    private func missing(_ required: [SchemaNode], _ node: SchemaNode) -> SchemaReport {
        let known = required.compactMap(\.definition.flags.label)
        let expected = known.isEmpty ? nil : known.joined(separator: ", ")
        let unknown = required.count - known.count
        if known.isEmpty { return report("array.includesRequiredUnknowns", node) }
        let kind = unknown > 0 ? "Both" : "Knowns"
        return report("array.includesRequired" + kind, node, expected: expected)
    }

    /// Places at the end that have no element: required ones are missing, defaults are filled in.
    private func fillOrdered(
        _ frame: Frame, _ node: SchemaNode, _ settings: SchemaSettings, _ progress: inout Progress
    ) {
        let needed = progress.ordered.filter { $0.definition.flags.presence == .required }
        if !needed.isEmpty { progress.reports.append(missing(needed, node)) }
        guard progress.reports.isEmpty else { return }
        var filled: [SchemaValue] = []
        for ordered in progress.ordered.reversed() {
            ancestors.append(frame)
            let value = beside(ordered) { evaluate(.undefined, ordered, settings).value }
            ancestors.removeLast()
            if filled.isEmpty, value.isUndefined { continue }
            filled.append(value)
        }
        frame.change { $0 += filled.reversed() }
    }

    /// Whether an element fits.
    func contains(
        _ value: SchemaValue, _ inner: SchemaNode, _ settings: SchemaSettings
    ) -> RuleOutcome {
        guard case .array(let elements) = value else { return .passed }
        let frame = Frame(value)
        for (index, element) in elements.enumerated() {
            let isFit = inside(.element(index), frame, inner) { fits(element, inner, settings) }
            if isFit { return .passed }
        }
        let label = inner.definition.flags.label
        return .failed(label == nil ? "array.hasUnknown" : "array.hasKnown", expected: label)
    }

    /// The first element that an earlier one equals.
    func checkUnique(
        _ elements: [SchemaValue], by key: [SchemaText]?, _ ignoresAbsent: Bool, _ node: SchemaNode
    ) -> RuleOutcome {
        var seen: [UniqueKey: [SchemaValue]] = [:]
        for (index, element) in elements.enumerated() {
            let item = key.map { element.reach($0) } ?? element
            if ignoresAbsent, item.isUndefined { continue }
            let bucket = UniqueKey(item)
            if seen[bucket]?.contains(item) == true {
                path.append(.element(index))
                defer { path.removeLast() }
                return .reports([report("array.unique", node)])
            }
            seen[bucket, default: []].append(item)
        }
        return .passed
    }
}

/// Sorts values into buckets that hold few, so that finding a double costs less than comparing
/// all pairs.
private enum UniqueKey: Hashable {
    case text(SchemaText)
    case number(Double)
    case shape(Int, Int)

    init(_ value: SchemaValue) {
        switch value {
        case .text(let text): self = .text(text)
        case .number(let number): self = .number(number.double)
        case .date(let milliseconds): self = .number(milliseconds)
        default:
            var hasher = Hasher()
            value.hash(into: &hasher)
            self = .shape(hasher.finalize(), 0)
        }
    }
}

extension SchemaValue {
    /// Equal values give equal hashes, whatever the order of their members.
    fileprivate func hash(into hasher: inout Hasher) {
        switch self {
        case .undefined: hasher.combine(0)
        case .null: hasher.combine(1)
        case .bool(let value): hasher.combine(value)
        case .number(let number): hasher.combine(number.double)
        case .text(let text): hasher.combine(text)
        case .date(let milliseconds): hasher.combine(milliseconds)
        case .binary(let bytes): hasher.combine(bytes)
        case .array(let elements):
            hasher.combine(elements.count)
            for element in elements { element.hash(into: &hasher) }
        case .object(let object):
            var sum = 0
            for (name, member) in zip(object.names, object.values) {
                var inner = Hasher()
                inner.combine(name)
                member.hash(into: &inner)
                sum &+= inner.finalize()
            }
            hasher.combine(sum)
        }
    }
}
