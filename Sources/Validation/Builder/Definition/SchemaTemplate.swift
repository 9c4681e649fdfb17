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
