/// A value that a schema names, or a reference to one: what `valid`, limits and defaults take.
/// Literals of Swift stand for themselves: `.valid("a", 1, nil)`.
public struct SchemaTerm: Sendable {
    enum Content: Sendable {
        case value(SchemaValue)
        case reference(SchemaReference)
        case expression(SchemaExpression?)
        case now
    }

    let content: Content

    /// The value of another field: `b` beside this one, `...b` one level up, `/b` from the root,
    /// `$b` in the context.
    public static func ref(_ path: String) -> SchemaTerm {
        SchemaTerm(content: .reference(SchemaReference(path)))
    }

    /// Any element of the array in another field.
    public static func elements(of path: String) -> SchemaTerm {
        SchemaTerm(content: .reference(SchemaReference(path).elements))
    }

    /// The value of another field, changed before it is compared.
    public static func ref(
        _ path: String, adjust: @escaping @Sendable (SchemaOperand) -> SchemaOperand
    ) -> SchemaTerm {
        SchemaTerm(content: .reference(SchemaReference(path).adjusted(adjust)))
    }

    /// A formula over fields: `number(from) + 364 * day`, `length(tags)`.
    public static func expression(_ formula: String) -> SchemaTerm {
        SchemaTerm(content: .expression(SchemaTemplate("{" + formula + "}")?.single))
    }

    /// The moment of the check, for limits of dates.
    public static let now = SchemaTerm(content: .now)
    /// JSON's null.
    public static let null = SchemaTerm(content: .value(.null))

    /// A text.
    public static func text(_ value: String) -> SchemaTerm {
        SchemaTerm(content: .value(.text(value)))
    }

    /// A whole number.
    public static func integer(_ value: Int64) -> SchemaTerm {
        SchemaTerm(content: .value(.number(ValueNumber(value))))
    }

    /// A number.
    public static func number(_ value: Double) -> SchemaTerm {
        SchemaTerm(content: .value(.number(value)))
    }

    /// What it is without the document; undefined for references.
    var value: SchemaValue {
        if case .value(let value) = content { value } else { .undefined }
    }

    var limit: SchemaLimit? {
        switch content {
        case .value(let value): .value(value)
        case .reference(let reference): .reference(reference)
        case .expression(let expression): expression.map { .expression($0) }
        case .now: .now
        }
    }

    var item: SchemaValues.Item? {
        switch content {
        case .value(let value): .value(value)
        case .reference(let reference): .reference(reference)
        case .expression(let expression): expression.map { .expression($0) }
        case .now: nil
        }
    }

    var fallback: SchemaDefault? {
        switch content {
        case .value(let value): .value(value)
        case .reference(let reference): .reference(reference)
        case .expression(let expression): expression.map { .expression($0) }
        case .now: nil
        }
    }
}

extension SchemaTerm: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A text.
    public init(stringLiteral value: String) { content = .value(.text(value)) }
    /// A whole number.
    public init(integerLiteral value: Int64) { content = .value(.number(ValueNumber(value))) }
    /// A number.
    public init(floatLiteral value: Double) { content = .value(.number(value)) }
    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { content = .value(.bool(value)) }
    /// JSON's null.
    public init(nilLiteral: ()) { content = .value(.null) }
    /// An array.
    public init(arrayLiteral elements: SchemaTerm...) {
        content = .value(.array(elements.map(\.value)))
    }
    /// An object.
    public init(dictionaryLiteral elements: (String, SchemaTerm)...) {
        var object = SchemaObject()
        for (name, term) in elements { object[SchemaText(name)] = term.value }
        content = .value(.object(object))
    }
}
