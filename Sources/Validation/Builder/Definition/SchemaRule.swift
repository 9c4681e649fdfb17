/// One test of a value behind its type.
enum SchemaRule: Sendable {
    /// Size of a text, array, object or of bytes.
    case size(SizeBound, SchemaLimit, LengthUnit)
    /// Order of numbers and dates.
    case order(Comparison, SchemaLimit)
    case format(TextFormat)
    case pattern(SchemaPattern, isInverted: Bool, name: String?)
    case trim(Bool)
    case letterCase(LetterCase)
    case normalize(UnicodeForm)
    case integer
    case multiple(SchemaLimit)
    case port
    case precision(Int)
    case sign(isPositive: Bool)
    case items
    case contains(SchemaNode)
    case sort(isAscending: Bool, by: SchemaReference?)
    case unique(by: [SchemaText]?, ignoresAbsent: Bool)
    case assert(SchemaLimit, SchemaNode, message: String?)
    case custom(name: String, SchemaCheck)
    /// What no JSON value can be, such as a function of a program: always fails with this code.
    case impossible(String)

    enum SizeBound: Sendable { case min, max, exact }

    enum Comparison: String, Sendable {
        case min, max, greater, less

        func holds(_ order: Int) -> Bool {
            switch self {
            case .min: order >= 0
            case .max: order <= 0
            case .greater: order > 0
            case .less: order < 0
            }
        }
    }
}

/// Which letters a text may have.
public enum LetterCase: String, Sendable {
    /// Small letters.
    case lower
    /// Capitals.
    case upper
}

/// A rule with its name, its own messages and whether it changes the value to fit.
struct SchemaRuleEntry: Sendable {
    let name: String
    let rule: SchemaRule
    /// Changes the value instead of testing it, though nothing else is converted.
    var converts = false
    /// Its failure is no error: Joi only warns.
    var isWarning = false
    /// Stays beside another rule of the same name when schemas are merged.
    var isKept = false
    /// Text instead of the catalogue's; `*` stands for every code.
    var messages: [String: String] = [:]

    /// Rules that may occur more than once in one schema.
    private static let multiple: Set<String> = [
        "assert", "custom", "has", "pattern", "multiple", "unique-by", "items",
    ]

    var isUnique: Bool { !isKept && !Self.multiple.contains(name) }

    init(_ name: String, _ rule: SchemaRule, converts: Bool = false) {
        self.name = name
        self.rule = rule
        self.converts = converts
    }
}

/// What a program's own check sees: never more than the value, and never the request.
struct SchemaCheck: Sendable {
    /// What is wrong with the value, for people; nil if nothing is.
    let run: @Sendable (SchemaValue) -> String?
}
