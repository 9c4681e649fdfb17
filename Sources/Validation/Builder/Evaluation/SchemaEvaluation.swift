/// One run of a schema over one value: where it stands, what surrounds it, how much it has done.
/// Serves one caller at a time.
final class SchemaEvaluation {
    /// A value that is being checked, as far as it is: what references to it see.
    final class Frame {
        var value: SchemaValue
        init(_ value: SchemaValue) { self.value = value }

        /// Changes a member in place.
        func set(_ name: SchemaText, _ member: SchemaValue?) {
            guard case .object(var object) = value else { return }
            value = .undefined
            object[name] = member
            value = .object(object)
        }

        /// Changes the elements in place.
        func change<T>(_ body: (inout [SchemaValue]) -> T) -> T {
            guard case .array(var elements) = value else {
                var none: [SchemaValue] = []
                return body(&none)
            }
            value = .undefined
            defer { value = .array(elements) }
            return body(&elements)
        }
    }

    /// A schema on the way from the root, and the name of the member that it is for.
    struct Link {
        let node: SchemaNode
        let key: SchemaText?
        /// What messages call the value: a name of the schema's, never one that a client chose.
        var label: String?
    }

    let limits: SchemaWork
    let context: SchemaValue
    /// The moment of validation, in milliseconds since 1970.
    let now: Double
    var path: [SchemaStep] = []
    var ancestors: [Frame] = []
    var chain: [Link] = []
    /// Values that were taken out of the result, for references to them.
    var removed: [[SchemaStep]: SchemaValue] = [:]
    /// How often each link has been followed on the way from the root.
    var followed: [ObjectIdentifier: Int] = [:]
    private var steps = 0
    /// Whether the array that is about to be checked was put around a lone value.
    var isSingle = false

    init(limits: SchemaWork, context: SchemaValue, now: Double) {
        self.limits = limits
        self.context = context
        self.now = now
    }

    /// Runs the whole.
    func run(_ value: SchemaValue, _ node: SchemaNode, _ settings: SchemaSettings) -> SchemaOutcome
    {
        chain = [Link(node: node, key: nil, label: nil)]
        return evaluate(value, node, settings)
    }

    func report(
        _ code: String, _ node: SchemaNode?, expected: String? = nil, message: String? = nil
    ) -> SchemaReport {
        let definition = node?.definition
        return SchemaReport(
            code: code, path: path, label: definition?.flags.label ?? chain.last?.label,
            expected: expected,
            message: message ?? definition?.messages[code] ?? definition?.messages["*"])
    }

    /// Whether no more failures are wanted.
    func isEnough(_ reports: [SchemaReport], _ settings: SchemaSettings) -> Bool {
        !reports.isEmpty && (settings.abortsEarly || reports.count >= limits.issuesMax)
            || steps > limits.stepsMax
    }

    /// Runs `body` one step further in, under `frame`.
    func inside<T>(
        _ step: SchemaStep, _ frame: Frame, _ node: SchemaNode, key: SchemaText? = nil,
        _ body: () -> T
    ) -> T {
        path.append(step)
        ancestors.append(frame)
        chain.append(Link(node: node, key: key, label: key?.string))
        defer {
            path.removeLast()
            ancestors.removeLast()
            chain.removeLast()
        }
        return body()
    }

    /// Runs `body` with another schema for the same value.
    func beside<T>(_ node: SchemaNode, _ body: () -> T) -> T {
        chain.append(Link(node: node, key: nil, label: chain.last?.label))
        defer { chain.removeLast() }
        return body()
    }

    /// Whether the value fits, leaving no trace.
    func fits(
        _ value: SchemaValue, _ node: SchemaNode, _ settings: SchemaSettings,
        presence: SchemaFlags.Presence? = nil
    ) -> Bool {
        var settings = settings
        settings.abortsEarly = true
        let before = removed
        defer { removed = before }
        return !evaluate(value, node, settings, presence: presence).fails
    }

    /// The order of things is Joi's: conditions, conversion, emptiness, presence, allowed and
    /// refused values, type, rules, default, cast.
    func evaluate(
        _ input: SchemaValue, _ start: SchemaNode, _ outer: SchemaSettings,
        presence forced: SchemaFlags.Presence? = nil
    ) -> SchemaOutcome {
        steps += 1
        guard steps <= limits.stepsMax, chain.count <= limits.depthMax else {
            return SchemaOutcome(value: input, reports: [report("any.tooComplex", start)])
        }
        let node = start.definition.conditions.isEmpty ? start : generated(start, input, outer)
        let settings = outer.applying(node.definition.preferences)
        var value = input
        if !value.isUndefined {
            if let failure = coerce(&value, node, settings) {
                return finish(value, [failure], node, settings, input)
            }
            if isEmpty(value, node, settings) { value = .undefined }
        }
        let presence =
            forced ?? node.definition.flags.presence
            ?? (node.definition.hasFinalCondition ? .ignore : settings.presence)
        if value.isUndefined {
            switch presence {
            case .required:
                return finish(value, [report("any.required", node)], node, settings, input)
            case .forbidden: return finish(value, [], node, settings, input)
            case .optional:
                guard case .deep? = node.definition.flags.fallback else {
                    return finish(value, [], node, settings, input)
                }
                value = .object(SchemaObject())
            case .ignore: break
            }
        } else if presence == .forbidden {
            return finish(value, [report("any.unknown", node)], node, settings, input)
        }
        return check(value, node, settings, input)
    }

    private func check(
        _ start: SchemaValue, _ node: SchemaNode, _ settings: SchemaSettings, _ input: SchemaValue
    ) -> SchemaOutcome {
        var value = start
        var reports: [SchemaReport] = []
        let definition = node.definition
        if let allowed = definition.allowed {
            if let match = find(value, in: allowed, definition) {
                if settings.converts { value = match }
                return finish(value, [], node, settings, input)
            }
            if definition.flags.only == true {
                reports.append(report("any.only", node, expected: allowed.shown))
                if isEnough(reports, settings) {
                    return finish(value, reports, node, settings, input)
                }
            }
        }
        if let refused = definition.refused, find(value, in: refused, definition) != nil {
            reports.append(report("any.invalid", node))
            if isEnough(reports, settings) { return finish(value, reports, node, settings, input) }
        }
        let failures = checkType(&value, node, settings)
        if !failures.isEmpty {
            return finish(value, reports + failures, node, settings, input)
        }
        checkRules(&value, node, settings, &reports)
        return finish(value, reports, node, settings, input)
    }

    /// Default, cast, and what becomes of the result.
    private func finish(
        _ result: SchemaValue, _ reports: [SchemaReport], _ node: SchemaNode,
        _ settings: SchemaSettings, _ input: SchemaValue
    ) -> SchemaOutcome {
        var value = result
        var reports = reports
        let flags = node.definition.flags
        if !reports.isEmpty, !settings.skipsDefaults, let failover = flags.failover {
            let replacement = resolve(failover, value)
            if !replacement.isUndefined {
                value = replacement
                reports = []
            }
        }
        if value.isUndefined, !settings.skipsDefaults, let fallback = flags.fallback {
            value = resolve(fallback, value)
        }
        if let cast = flags.cast, !value.isUndefined { value = value.cast(to: cast) }
        var outcome = SchemaOutcome(value: value, reports: reports)
        if let kept = flags.result {
            outcome.value = kept == .strip ? .undefined : input
            removed[path] = value
        }
        return outcome
    }

    private func isEmpty(
        _ value: SchemaValue, _ node: SchemaNode, _ settings: SchemaSettings
    ) -> Bool {
        guard let empty = node.definition.flags.empty else { return false }
        var candidate = value
        if case .text(let text) = value, case .trim(true)? = node.definition.rule("trim")?.rule {
            candidate = .text(text.trimmed)
        }
        var defaults = SchemaSettings()
        defaults.converts = settings.converts
        return beside(empty) { fits(candidate, empty, defaults) }
    }

    /// The allowed value that the value is, with references looked up.
    private func find(
        _ value: SchemaValue, in values: SchemaValues, _ definition: SchemaDefinition
    ) -> SchemaValue? {
        let ignoresCase = definition.flags.insensitive == true
        for item in values.items {
            var candidate: SchemaValue
            var isList = false
            switch item {
            case .value(let fixed): candidate = fixed
            case .reference(let reference):
                candidate = resolve(reference, value)
                isList = reference.looksInside
            case .expression(let expression):
                candidate = expression.evaluate { resolve($0, value) }
            }
            if isList, case .array(let elements) = candidate {
                let match = elements.first { value.isSame(as: $0, ignoringCase: ignoresCase) }
                if let match { return match }
                continue
            }
            if value.isSame(as: candidate, ignoringCase: ignoresCase) { return candidate }
        }
        return nil
    }
}

extension SchemaValues {
    /// The allowed values as an error shows them.
    var shown: String? {
        let texts = fixed.prefix(Self.shownMax).map { value -> String in
            switch value {
            case .null: "null"
            case .text(let text): text.string
            default: value.shown.string
            }
        }
        return texts.isEmpty ? nil : texts.joined(separator: ", ")
    }

    private static let shownMax = 16
}

extension SchemaValue {
    /// The value as another type, if that one can stand for it.
    func cast(to cast: SchemaFlags.Cast) -> SchemaValue {
        switch (cast, self) {
        case (.string, .number(let number)): .text(number.double.scriptText)
        case (.string, .bool(let value)): .text(value ? "true" : "false")
        case (.string, .date(let milliseconds)): .text(CalendarText.iso(milliseconds))
        case (.string, .binary(let bytes)): .text(SchemaText(utf8: bytes))
        case (.number, .bool(let value)): .number(value ? 1 : 0)
        case (.number, .date(let milliseconds)): .number(milliseconds)
        default: self
        }
    }
}
