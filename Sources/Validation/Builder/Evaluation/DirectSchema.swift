import GatehouseCore

/// A schema that needs nothing but the value on its tape: no references, conditions, conversions.
/// Vouches for values without allocating; what it can't vouch for, the full evaluation decides.
struct DirectSchema: Sendable {
    /// A rule with its bounds taken out.
    enum Rule: Sendable {
        case length(min: Int, max: Int, LengthUnit)
        case order(SchemaRule.Comparison, ValueNumber)
        case moment(SchemaRule.Comparison, Double)
        case format(TextFormat)
        case pattern(SchemaPattern, isInverted: Bool)
        case trimmed
        case letters(LetterCase)
        case integer
        case multiple(ValueNumber)
        case port
        case sign(isPositive: Bool)
    }

    struct Key: Sendable {
        let name: [UInt8]
        let schema: SchemaNode
        let isRequired: Bool
        let isForbidden: Bool
        let hasDefault: Bool
    }

    let kind: SchemaDefinition.Kind
    private(set) var rules: [Rule] = []
    private(set) var allowed: [SchemaValue] = []
    private(set) var refused: [SchemaValue] = []
    let isOnly: Bool
    private(set) var keys: [Key]?
    private(set) var elements: [SchemaNode] = []
    private(set) var alternatives: [SchemaNode] = []
    let unknown: Bool?
    let isUnsafe: Bool
    let allowsEmpty: Bool
    let dateFormat: SchemaFlags.DateFormat?
    let expectsAbsence: Bool

    /// More members need a set that is wider than a word; they are left to the full evaluation.
    private static let keysMax = 64

    /// Nil if the schema needs more than the value.
    init?(_ definition: SchemaDefinition) {
        let flags = definition.flags
        kind = definition.kind
        isOnly = flags.only == true
        unknown = flags.unknown
        isUnsafe = flags.isUnsafe == true
        dateFormat = flags.dateFormat
        expectsAbsence = flags.presence == .forbidden
        if case .size(.min, let limit, _)? = definition.rule("min")?.rule {
            allowsEmpty = limit.fixedCount == 0
        } else {
            allowsEmpty = false
        }
        let isDated = kind == .date && flags.coerces == true && flags.result == .raw
        guard isDated || flags.result == nil && flags.coerces != true, flags.cast == nil,
            flags.empty == nil, flags.insensitive != true, flags.truncates != true,
            flags.isSingle != true, flags.match == nil || flags.match == .any,
            definition.preferences.isSilent, definition.conditions.isEmpty,
            definition.renames.isEmpty, definition.dependencies.isEmpty,
            definition.keyPatterns.isEmpty, definition.replacements.isEmpty,
            definition.link == nil, definition.ordered.isEmpty, definition.problems.isEmpty,
            kind != .binary, kind != .link, kind != .function, kind != .date || isDated,
            takeValues(definition), takeRules(definition), takeParts(definition)
        else { return nil }
    }

    private mutating func takeValues(_ definition: SchemaDefinition) -> Bool {
        for (values, isAllowed) in [(definition.allowed, true), (definition.refused, false)] {
            guard let values else { continue }
            guard values.isFixed else { return false }
            for value in values.fixed {
                switch value {
                case .null, .bool, .number, .text: break
                default: return false
                }
            }
            if isAllowed { allowed = values.fixed } else { refused = values.fixed }
        }
        return true
    }

    private mutating func takeRules(_ definition: SchemaDefinition) -> Bool {
        for entry in definition.rules {
            switch entry.rule {
            case .size(let bound, let limit, let unit):
                guard let count = limit.fixedCount, count >= 0 else { return false }
                rules.append(
                    .length(
                        min: bound == .max ? 0 : count, max: bound == .min ? .max : count, unit))
            case .order(let comparison, .value(.number(let number))):
                guard kind == .number else { return false }
                rules.append(.order(comparison, number))
            case .order(let comparison, .value(.date(let moment))):
                rules.append(.moment(comparison, moment))
            case .format(let format): rules.append(.format(format))
            case .pattern(let pattern, let isInverted, _):
                rules.append(.pattern(pattern, isInverted: isInverted))
            case .trim(let isWanted): if isWanted { rules.append(.trimmed) }
            case .letterCase(let letters): rules.append(.letters(letters))
            case .integer: rules.append(.integer)
            case .multiple(.value(.number(let number))): rules.append(.multiple(number))
            case .port: rules.append(.port)
            case .sign(let isPositive): rules.append(.sign(isPositive: isPositive))
            case .items: break
            default: return false
            }
        }
        return true
    }

    private mutating func takeParts(_ definition: SchemaDefinition) -> Bool {
        if let members = definition.keys {
            guard members.count <= Self.keysMax else { return false }
            var all: [Key] = []
            for member in members {
                guard member.schema.isDirect else { return false }
                let flags = member.schema.definition.flags
                all.append(
                    Key(
                        name: member.name.utf8, schema: member.schema,
                        isRequired: flags.presence == .required,
                        isForbidden: flags.presence == .forbidden,
                        hasDefault: flags.fallback != nil))
            }
            keys = all
        }
        for item in definition.items {
            guard item.isDirect, item.definition.flags.presence == nil else { return false }
            elements.append(item)
        }
        for alternative in definition.alternatives {
            guard case .schema(let inner) = alternative, inner.isDirect else { return false }
            alternatives.append(inner)
        }
        return true
    }
}
