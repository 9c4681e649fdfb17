/// A small formula over fields: `number(from) + 364 * day`, `length(b)`, `a + 1`.
indirect enum SchemaExpression: Sendable {
    case constant(SchemaValue)
    case reference(SchemaReference)
    /// A group of the pattern that a renamed member matched.
    case group(Int)
    case call(Function, SchemaExpression)
    case binary(Operator, SchemaExpression, SchemaExpression)
    /// One of two, by a condition: `if(a > b, 1, 2)`.
    case choice(SchemaExpression, SchemaExpression, SchemaExpression)

    enum Function: String, Sendable { case number, length }

    enum Operator: String, Sendable {
        case or = "||"
        case otherwise = "??"
        case and = "&&"
        case equal = "=="
        case different = "!="
        case atMost = "<="
        case atLeast = ">="
        case less = "<"
        case greater = ">"
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case remainder = "%"

        /// How strongly it holds its operands together.
        var binds: Int {
            switch self {
            case .or, .otherwise: 1
            case .and: 2
            case .equal, .different: 3
            case .atMost, .atLeast, .less, .greater: 4
            case .add, .subtract: 5
            case .multiply, .divide, .remainder: 6
            }
        }
    }

    var references: [SchemaReference] {
        switch self {
        case .constant, .group: []
        case .reference(let reference): [reference]
        case .call(_, let inner): inner.references
        case .binary(_, let left, let right): left.references + right.references
        case .choice(let test, let then, let otherwise):
            test.references + then.references + otherwise.references
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
        case .choice(let test, let then, let otherwise):
            let next = test.evaluate(groups: groups, find).isTruthy ? then : otherwise
            return next.evaluate(groups: groups, find)
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
        switch operation {
        case .or: return left.isTruthy ? left : right
        case .and: return left.isTruthy ? right : left
        case .otherwise: return left.isUndefined || left == .null ? right : left
        case .equal: return .bool(left == right)
        case .different: return .bool(left != right)
        default: break
        }
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
        default: return .bool(compare(operation, left, right))
        }
    }

    private static func compare(
        _ operation: Operator, _ left: SchemaValue, _ right: SchemaValue
    ) -> Bool {
        let isLess: Bool
        let isMore: Bool
        if let first = left.text, let second = right.text {
            isLess = first.precedes(second)
            isMore = second.precedes(first)
        } else {
            isLess = left.operand < right.operand
            isMore = left.operand > right.operand
        }
        switch operation {
        case .less: return isLess
        case .greater: return isMore
        case .atMost: return isLess || left == right
        case .atLeast: return isMore || left == right
        default: return false
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
