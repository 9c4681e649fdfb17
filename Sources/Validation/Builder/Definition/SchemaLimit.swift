/// A bound that is known beforehand, or found in the document.
enum SchemaLimit: Sendable {
    case value(SchemaValue)
    case reference(SchemaReference)
    case expression(SchemaExpression)
    /// The moment of validation.
    case now

    static func number(_ value: Double) -> SchemaLimit { .value(.number(value)) }
    static func number(_ value: Int) -> SchemaLimit { .value(.number(value)) }

    /// The bound, if it is known beforehand.
    var fixed: SchemaValue? { if case .value(let value) = self { value } else { nil } }

    /// A whole number that is known beforehand.
    var fixedCount: Int? {
        guard case .number(let number)? = fixed, let integer = number.integer else { return nil }
        return Int(integer)
    }

    /// What the bound says of itself in an error; nothing of the document.
    var shown: String? {
        switch self {
        case .value(.number(let number)): number.written
        case .value(.text(let text)): text.string
        case .value(.date(let milliseconds)): CalendarText.iso(milliseconds)
        case .value: nil
        case .reference(let reference):
            "ref:" + reference.path.map(\.string).joined(separator: ".")
        case .expression: nil
        case .now: "now"
        }
    }
}

extension SchemaLimit: ExpressibleByIntegerLiteral {
    init(integerLiteral value: Int) { self = .number(value) }
}
