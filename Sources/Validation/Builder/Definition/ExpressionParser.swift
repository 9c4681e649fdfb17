/// Reads one formula.
struct ExpressionParser {
    private var rest: Substring
    private var depth = 0

    private static let depthMax = 32
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

    /// Two characters before one, so that `<=` is not `<`.
    private mutating func takeOperator(binding: Int) -> SchemaExpression.Operator? {
        for length in [2, 1] {
            let text = String(rest.prefix(length))
            guard let found = SchemaExpression.Operator(rawValue: text) else { continue }
            guard found.binds >= binding else { return nil }
            rest = rest.dropFirst(length)
            return found
        }
        return nil
    }

    private mutating func parseSum(binding: Int) -> SchemaExpression? {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax, var left = parseOperand() else { return nil }
        while true {
            skipSpace()
            guard let next = takeOperator(binding: binding) else { return left }
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
        if first == "-" || first == "!" {
            rest = rest.dropFirst()
            depth += 1
            defer { depth -= 1 }
            guard depth <= Self.depthMax, let operand = parseOperand() else { return nil }
            return first == "-"
                ? .binary(.subtract, .constant(.number(0)), operand)
                : .choice(operand, .constant(.bool(false)), .constant(.bool(true)))
        }
        if first == "[" { return parseBracketed() }
        return parseWord()
    }

    private mutating func parseWord() -> SchemaExpression? {
        let word = String(rest.prefix { !" +-*/%()\"<>=!&|?,".contains($0) })
        guard !word.isEmpty else { return nil }
        rest = rest.dropFirst(word.count)
        if let number = Double(word) { return .constant(.number(number)) }
        if rest.first == "(", let function = SchemaExpression.Function(rawValue: word) {
            rest = rest.dropFirst()
            return closed(parseSum(binding: 1)).map { .call(function, $0) }
        }
        if rest.first == "(", word == "if" { return parseChoice() }
        if let constant = Self.constants[word] { return .constant(constant) }
        if word.hasPrefix("#"), let group = Int(word.dropFirst()) { return .group(group) }
        return .reference(SchemaReference(word))
    }

    /// A reference whose name has characters of formulas: `[a-b]`.
    private mutating func parseBracketed() -> SchemaExpression? {
        guard let end = rest.firstIndex(of: "]") else { return nil }
        let name = String(rest[..<end].dropFirst())
        rest = rest[rest.index(after: end)...]
        return .reference(SchemaReference(name))
    }

    private mutating func parseChoice() -> SchemaExpression? {
        rest = rest.dropFirst()
        var parts: [SchemaExpression] = []
        for place in 0..<3 {
            if place > 0 {
                skipSpace()
                guard rest.first == "," else { return nil }
                rest = rest.dropFirst()
            }
            guard let part = parseSum(binding: 1) else { return nil }
            parts.append(part)
        }
        return closed(.choice(parts[0], parts[1], parts[2]))
    }

    private mutating func closed(_ inner: SchemaExpression?) -> SchemaExpression? {
        skipSpace()
        guard let inner, rest.first == ")" else { return nil }
        rest = rest.dropFirst()
        return inner
    }
}
