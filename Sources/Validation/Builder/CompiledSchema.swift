public import GatehouseCore

/// A schema that is ready to be used: checked, immutable, shared by all threads.
///
/// ```swift
/// let user = try Schema.object {
///     Field("email", .string.email().required())
///     Field("age", .integer(in: 18...120))
/// }.compiled()
/// switch user.check(root) { … }
/// ```
public struct CompiledSchema: Sendable {
    /// What came of a check.
    public enum Verdict: Equatable, Sendable {
        /// The value fits and is used as it is.
        case fits
        /// The value fits after what the schema says to change; this is the JSON to use.
        case rewritten([UInt8])
        /// It does not fit.
        case refused([ValidationIssue])
    }

    /// How a schema is applied.
    public struct Options: Sendable {
        /// What becomes of members that the schema does not name.
        public enum Unknown: Sendable {
            /// They are refused.
            case refused
            /// They are taken out.
            case stripped
            /// They pass unchecked.
            case allowed
        }

        /// Default: refused.
        public var unknown = Unknown.refused
        /// Whether the first issue ends the check. Default false.
        public var abortsEarly = false
        /// Whether fields must be there unless they say otherwise. Default false, as in Joi.
        public var requiresFields = false
        /// Bounds of the work.
        public var work = SchemaWork()
        /// Texts of the issues.
        public var messages = SchemaMessages()

        /// The defaults.
        public init() {}
    }

    let node: SchemaNode
    private let settings: SchemaSettings
    private let work: SchemaWork
    private let messages: SchemaMessages

    init(_ node: SchemaNode, _ settings: SchemaSettings, _ options: Options)
        throws(ConfigurationError)
    {
        let problems = SchemaProblems.all(in: node)
        if let first = problems.first { throw .invalid(first.place, first.why) }
        self.node = node
        self.settings = settings
        work = options.work
        messages = options.messages
    }

    init(_ definition: SchemaDefinition, _ options: Options) throws(ConfigurationError) {
        var settings = SchemaSettings()
        settings.abortsEarly = options.abortsEarly
        settings.allowsUnknown = options.unknown == .allowed
        settings.stripsUnknownMembers = options.unknown == .stripped
        settings.presence = options.requiresFields ? .required : .optional
        try self.init(SchemaNode(definition), settings, options)
    }

    /// Checks a value. Allocates nothing when it fits as it is and the schema needs nothing but the
    /// value itself.
    ///
    /// - Parameters:
    ///   - context: Values that references such as `$role` find.
    ///   - time: What `now` means in limits of dates; nil for the moment of the call.
    ///   - language: Of the messages, such as `de`; nil for the catalogue's own.
    public func check(
        _ value: borrowing JSONValue, context: [String: SchemaTerm] = [:], at time: WallTime? = nil,
        language: String? = nil
    ) -> Verdict {
        if let direct = node.direct, direct.vouches(for: value, settings) { return .fits }
        let input = SchemaValue(value)
        let outcome = evaluate(input, context: context, at: time ?? .now)
        if outcome.fails {
            let reports = outcome.reports.prefix(work.issuesMax)
            return .refused(reports.map { messages.issue($0, language: language) })
        }
        if outcome.value == input { return .fits }
        guard !outcome.value.isUndefined, outcome.value.isWritable else {
            let report = SchemaReport(code: "any.required", path: [], label: nil)
            return .refused([messages.issue(report, language: language)])
        }
        var json = JSONWriter()
        outcome.value.write(to: &json)
        return .rewritten(json.finish())
    }

    func evaluate(
        _ input: SchemaValue, context: [String: SchemaTerm], at time: WallTime
    ) -> SchemaOutcome {
        var surroundings = SchemaObject()
        for (name, term) in context { surroundings[SchemaText(name)] = term.value }
        let evaluation = SchemaEvaluation(
            limits: work, context: .object(surroundings),
            now: Double(time.nanoseconds / 1_000_000))
        return evaluation.run(input, node, settings)
    }

    /// Whether the quick check on the tape can vouch for values of this schema.
    package var isDirect: Bool { node.isDirect }

    /// Whether the quick check vouches for the value.
    package func vouches(for value: borrowing JSONValue) -> Bool {
        node.direct?.vouches(for: value, settings) ?? false
    }
}
