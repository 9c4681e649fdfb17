import GatehouseCore

extension SchemaEvaluation {
    /// What came of one rule.
    enum RuleOutcome {
        case passed
        case changed(SchemaValue)
        case failed(String, expected: String? = nil, message: String? = nil)
        case reports([SchemaReport])
    }

    /// Applies the rules in their order; those of elements first.
    func checkRules(
        _ value: inout SchemaValue, _ node: SchemaNode, _ settings: SchemaSettings,
        _ reports: inout [SchemaReport]
    ) {
        let definition = node.definition
        if definition.hasItems, case .array = value {
            let failures = checkElements(&value, node, settings)
            reports += failures
            if isEnough(reports, settings) { return }
        }
        for entry in definition.rules {
            if entry.rule.isConversion, settings.converts || entry.converts { continue }
            switch apply(entry, to: value, node, settings) {
            case .passed: continue
            case .changed(let changed):
                value = changed
                continue
            case .failed where entry.isWarning, .reports where entry.isWarning: continue
            case .failed(let code, let expected, let message):
                let text = entry.messages[code] ?? entry.messages["*"] ?? message
                reports.append(report(code, node, expected: expected, message: text))
            case .reports(let failures): reports += failures
            }
            if isEnough(reports, settings) { return }
        }
    }

    private func apply(
        _ entry: SchemaRuleEntry, to value: SchemaValue, _ node: SchemaNode,
        _ settings: SchemaSettings
    ) -> RuleOutcome {
        switch entry.rule {
        case .size(let bound, let limit, let unit):
            return size(of: value, bound, limit, unit, entry.name, node)
        case .order(let comparison, let limit): return order(value, comparison, limit, node)
        case .format, .pattern, .trim, .letterCase, .normalize:
            guard case .text(let text) = value else { return .passed }
            return textRule(entry, text, node)
        case .integer, .multiple, .port, .precision, .sign:
            guard case .number(let number) = value else { return .passed }
            return numberRule(entry.rule, number)
        case .items: return .passed
        case .contains(let inner): return contains(value, inner, settings)
        case .sort(let isAscending, let key):
            guard case .array(let elements) = value else { return .passed }
            return checkOrder(elements, isAscending, key)
        case .unique(let key, let ignoresAbsent):
            guard case .array(let elements) = value else { return .passed }
            return checkUnique(elements, by: key, ignoresAbsent, node)
        case .assert(let subject, let inner, let message):
            return assert(value, subject, inner, message, settings)
        case .custom(let code, let check):
            guard let message = check.run(value) else { return .passed }
            return .failed(code, message: message)
        case .impossible(let code): return .failed(code)
        }
    }

    private func size(
        of value: SchemaValue, _ bound: SchemaRule.SizeBound, _ limit: SchemaLimit,
        _ unit: LengthUnit, _ name: String, _ node: SchemaNode
    ) -> RuleOutcome {
        guard let limitCount = resolve(limit, value).countLimit else {
            return .failed("any.ref", expected: limit.shown)
        }
        let count: Int
        switch value {
        case .text(let text): count = text.count(in: unit)
        case .array(let elements): count = elements.count
        case .object(let object): count = object.count
        case .binary(let bytes): count = bytes.count
        default: return .passed
        }
        let holds =
            switch bound {
            case .min: count >= limitCount
            case .max: count <= limitCount
            case .exact: count == limitCount
            }
        if holds { return .passed }
        return .failed("\(node.definition.kind.rawValue).\(name)", expected: limit.shown)
    }

    private func order(
        _ value: SchemaValue, _ comparison: SchemaRule.Comparison, _ limit: SchemaLimit,
        _ node: SchemaNode
    ) -> RuleOutcome {
        let bound = resolve(limit, value)
        let result: Int
        switch value {
        case .number(let number):
            guard case .number(let other) = bound, !other.double.isNaN else {
                return .failed("any.ref", expected: limit.shown)
            }
            result = ValueNumber.order(number, other)
        case .date(let moment):
            guard let other = ScriptDate.parse(bound, format: nil) else {
                return .failed("any.ref", expected: limit.shown)
            }
            result = moment < other ? -1 : moment > other ? 1 : 0
        default: return .passed
        }
        if comparison.holds(result) { return .passed }
        return .failed(
            "\(node.definition.kind.rawValue).\(comparison.rawValue)", expected: limit.shown)
    }

    private func numberRule(_ rule: SchemaRule, _ number: ValueNumber) -> RuleOutcome {
        let value = number.double
        switch rule {
        case .integer:
            return number.integer != nil || value.rounded(.towardZero) == value
                ? .passed : .failed("number.integer")
        case .port:
            guard let integer = number.integer, (0...65_535).contains(integer) else {
                return .failed("number.port")
            }
            return .passed
        case .precision(let places):
            return number.decimalPlaces <= places
                ? .passed : .failed("number.precision", expected: String(places))
        case .sign(let isPositive):
            if isPositive ? value > 0 : value < 0 { return .passed }
            return .failed(isPositive ? "number.positive" : "number.negative")
        case .multiple(let limit):
            guard case .number(let base) = resolve(limit, .number(number)), base.double > 0,
                base.double.isFinite
            else { return .failed("any.ref", expected: limit.shown) }
            return number.isMultiple(of: base)
                ? .passed : .failed("number.multiple", expected: limit.shown)
        default: return .passed
        }
    }

    private func textRule(
        _ entry: SchemaRuleEntry, _ text: SchemaText, _ node: SchemaNode
    ) -> RuleOutcome {
        switch entry.rule {
        case .format(let format):
            return format.failure(text.utf8.raw).map { .failed("\($0)") } ?? .passed
        case .pattern(let pattern, let isInverted, let name):
            // What is too expensive to find out fails either way.
            let holds =
                isInverted ? pattern.differs(text.utf8.raw) : pattern.matches(text.utf8.raw)
            if holds { return .passed }
            let kind = (isInverted ? "invert." : "") + (name == nil ? "base" : "name")
            return .failed("string.pattern.\(kind)", expected: name ?? pattern.source)
        case .trim(let isWanted):
            return !isWanted || text.trimmed == text ? .passed : .failed("string.trim")
        case .letterCase(let letters):
            let wanted = letters == .lower ? text.lowercased : text.uppercased
            return wanted == text ? .passed : .failed("string.\(letters.rawValue)case")
        case .normalize(let form):
            return form.normalised(text) == text
                ? .passed : .failed("string.normalize", expected: form.rawValue)
        default: return .passed
        }
    }

    private func assert(
        _ value: SchemaValue, _ subject: SchemaLimit, _ inner: SchemaNode, _ message: String?,
        _ settings: SchemaSettings
    ) -> RuleOutcome {
        let about = resolve(subject, value)
        var steps: [SchemaText] = []
        if case .reference(let reference) = subject { steps = reference.path }
        path += steps.map { .member($0) }
        ancestors.append(Frame(value))
        defer {
            path.removeLast(steps.count)
            ancestors.removeLast()
        }
        let holds = beside(inner) { fits(about, inner, settings) }
        return holds ? .passed : .failed("object.assert", message: message)
    }
}

extension SchemaRule {
    /// Whether it changes the value where conversion is asked for, instead of testing it.
    var isConversion: Bool {
        switch self {
        case .trim, .letterCase, .normalize, .precision, .sort: true
        default: false
        }
    }
}

extension ValueNumber {
    /// Whether a whole number of `base` makes this number, decimals counted as they are written:
    /// 10.5 is a multiple of 3.5.
    func isMultiple(of base: ValueNumber) -> Bool {
        if let integer, let divisor = base.integer { return integer % divisor == 0 }
        let places = base.decimalPlaces
        guard decimalPlaces <= places else { return false }
        let factor = Double.power(of: 10, places)
        let whole = (double * factor).rounded()
        let divisor = (base.double * factor).rounded()
        return divisor != 0 && whole.truncatingRemainder(dividingBy: divisor) == 0
    }
}
