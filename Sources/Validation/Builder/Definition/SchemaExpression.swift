/// A small formula over fields: `number(from) + 364 * day`, `length(b)`, `a + 1`.
indirect enum SchemaExpression: Sendable {
    case constant(SchemaValue)
    case reference(SchemaReference)
    /// A group of the pattern that a renamed member matched.
    case group(Int)
    case call(Function, SchemaExpression)
    case binary(Operator, SchemaExpression, SchemaExpression)

    enum Function: String, Sendable { case number, length }

    enum Operator: String, Sendable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case remainder = "%"

        var binds: Int { self == .add || self == .subtract ? 1 : 2 }
    }

    var references: [SchemaReference] {
        switch self {
        case .constant, .group: []
        case .reference(let reference): [reference]
        case .call(_, let inner): inner.references
        case .binary(_, let left, let right): left.references + right.references
        }
    }

    /// The value, with `find` looking references up; its depth is bounded by the parser.
    func evaluate(
        groups: [SchemaText] = [], _ find: (SchemaReference) -> SchemaValue
    ) -> SchemaValue {
        switch self {
        case .constant(let value): return value
        case .reference(let reference): return find(reference)
        case .group(let index):
            return groups.indices.contains(index) ? .text(groups[index]) : .undefined
        case .call(let function, let inner):
            let value = inner.evaluate(groups: groups, find)
            return function == .number ? Self.number(value) : Self.length(value)
        case .binary(let operation, let left, let right):
            return Self.calculate(
                operation, left.evaluate(groups: groups, find),
                right.evaluate(groups: groups, find))
        }
    }

    private static func number(_ value: SchemaValue) -> SchemaValue {
        switch value {
        case .number: value
        case .bool(let flag): .number(flag ? 1 : 0)
        case .date(let milliseconds): .number(milliseconds)
        case .text(let text): .number(Double(text.trimmed.string) ?? .nan)
        default: .null
        }
    }

    private static func length(_ value: SchemaValue) -> SchemaValue {
        switch value {
        case .text(let text): .number(text.count(in: .utf16))
        case .array(let elements): .number(elements.count)
        case .object(let object): .number(object.count)
        default: .null
        }
    }

    private static func calculate(
        _ operation: Operator, _ left: SchemaValue, _ right: SchemaValue
    ) -> SchemaValue {
        if operation == .add, left.text != nil || right.text != nil {
            return .text(SchemaText(utf8: left.shown.utf8 + right.shown.utf8))
        }
        let first = left.operand
        let second = right.operand
        switch operation {
        case .add: return .number(first + second)
        case .subtract: return .number(first - second)
        case .multiply: return .number(first * second)
        case .divide: return .number(first / second)
        case .remainder: return .number(first.truncatingRemainder(dividingBy: second))
        }
    }
}

extension SchemaValue {
    /// What calculations make of it: nothing counts as 0.
    fileprivate var operand: Double {
        switch self {
        case .number(let number): number.double
        case .date(let milliseconds): milliseconds
        case .bool(let value): value ? 1 : 0
        case .undefined, .null: 0
        default: .nan
        }
    }

    /// What templates write of it.
    var shown: SchemaText {
        switch self {
        case .text(let text): text
        case .number(let number): SchemaText(number.written)
        case .bool(let value): SchemaText(value ? "true" : "false")
        case .date(let milliseconds): SchemaText(CalendarText.iso(milliseconds))
        default: SchemaText("")
        }
    }
}

/// Text with formulas in braces.
struct SchemaTemplate: Sendable {
    enum Part: Sendable {
        case text(SchemaText)
        case expression(SchemaExpression)
    }

    let parts: [Part]

    init(text: SchemaText) { parts = [.text(text)] }

    /// Parts of one template; more is refused.
    private static let partsMax = 64

    /// Nil if a brace does not close or a formula is none.
    init?(_ template: String) {
        var parts: [Part] = []
        var rest = Substring(template)
        while let open = rest.firstIndex(of: "{") {
            guard parts.count < Self.partsMax, let close = rest[open...].firstIndex(of: "}") else {
                return nil
            }
            if open > rest.startIndex { parts.append(.text(SchemaText(String(rest[..<open])))) }
            var parser = ExpressionParser(rest[rest.index(after: open)..<close])
            guard let expression = parser.parse() else { return nil }
            parts.append(.expression(expression))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.text(SchemaText(String(rest)))) }
        self.parts = parts
    }

    /// The one formula that the template is, if it is one.
    var single: SchemaExpression? {
        if parts.count == 1, case .expression(let expression) = parts[0] { expression } else { nil }
    }

    var references: [SchemaReference] {
        parts.flatMap { part -> [SchemaReference] in
            if case .expression(let expression) = part { expression.references } else { [] }
        }
    }

    func render(groups: [SchemaText], _ find: (SchemaReference) -> SchemaValue) -> SchemaText {
        var utf8: [UInt8] = []
        for part in parts {
            switch part {
            case .text(let text): utf8 += text.utf8
            case .expression(let expression):
                utf8 += expression.evaluate(groups: groups, find).shown.utf8
            }
        }
        return SchemaText(utf8: utf8)
    }
}

/// Reads one formula.
private struct ExpressionParser {
    private var rest: Substring
    private var depth = 0

    private static let depthMax = 16
    private static let constants: [String: SchemaValue] = [
        "true": .bool(true), "false": .bool(false), "null": .null, "second": .number(1_000),
        "minute": .number(60_000), "hour": .number(3_600_000), "day": .number(86_400_000),
    ]

    init(_ text: Substring) { rest = text }

    mutating func parse() -> SchemaExpression? {
        guard let expression = parseSum(binding: 1) else { return nil }
        skipSpace()
        return rest.isEmpty ? expression : nil
    }

    private mutating func skipSpace() { rest = rest.drop { $0 == " " } }

    private mutating func parseSum(binding: Int) -> SchemaExpression? {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax, var left = parseOperand() else { return nil }
        while true {
            skipSpace()
            guard let first = rest.first,
                let next = SchemaExpression.Operator(rawValue: "\(first)"),
                next.binds >= binding
            else { return left }
            rest = rest.dropFirst()
            guard let right = parseSum(binding: next.binds + 1) else { return nil }
            left = .binary(next, left, right)
        }
    }

    private mutating func parseOperand() -> SchemaExpression? {
        skipSpace()
        guard let first = rest.first else { return nil }
        if first == "(" {
            rest = rest.dropFirst()
            return closed(parseSum(binding: 1))
        }
        if first == "\"" {
            rest = rest.dropFirst()
            let text = rest.prefix { $0 != "\"" }
            rest = rest.dropFirst(text.count)
            guard rest.first == "\"" else { return nil }
            rest = rest.dropFirst()
            return .constant(.text(String(text)))
        }
        let word = String(rest.prefix { !" +-*/%()\"".contains($0) })
        guard !word.isEmpty else { return nil }
        rest = rest.dropFirst(word.count)
        if let number = Double(word) { return .constant(.number(number)) }
        if rest.first == "(", let function = SchemaExpression.Function(rawValue: word) {
            rest = rest.dropFirst()
            return closed(parseSum(binding: 1)).map { .call(function, $0) }
        }
        if let constant = Self.constants[word] { return .constant(constant) }
        if word.hasPrefix("#"), let group = Int(word.dropFirst()) { return .group(group) }
        return .reference(SchemaReference(word))
    }

    private mutating func closed(_ inner: SchemaExpression?) -> SchemaExpression? {
        skipSpace()
        guard let inner, rest.first == ")" else { return nil }
        rest = rest.dropFirst()
        return inner
    }
}
