extension SchemaEvaluation {
    /// Whether the value is of the schema's type, and what its members say.
    func checkType(
        _ value: inout SchemaValue, _ node: SchemaNode, _ settings: SchemaSettings
    ) -> [SchemaReport] {
        switch node.definition.kind {
        case .any: return []
        case .string: return checkText(value, node)
        case .number: return checkNumber(&value, node, settings)
        case .boolean:
            if case .bool = value { return [] }
            return [report("boolean.base", node)]
        case .object: return checkObject(&value, node, settings)
        case .array: return checkArray(&value, node)
        case .date:
            if case .date = value { return [] }
            guard settings.converts || node.definition.flags.coerces == true,
                let format = node.definition.flags.dateFormat
            else { return [report("date.base", node)] }
            return [report("date.format", node, expected: format.rawValue)]
        case .binary:
            if case .binary = value { return [] }
            return [report("binary.base", node)]
        case .alternatives: return checkAlternatives(&value, node, settings)
        case .link: return follow(&value, node, settings)
        case .function: return [report("object.base", node, expected: "function")]
        }
    }

    private func checkText(_ value: SchemaValue, _ node: SchemaNode) -> [SchemaReport] {
        guard case .text(let text) = value else { return [report("string.base", node)] }
        guard text.isEmpty else { return [] }
        if case .size(.min, let limit, _)? = node.definition.rule("min")?.rule,
            limit.fixedCount == 0
        {
            return []
        }
        return [report("string.empty", node)]
    }

    private func checkNumber(
        _ value: inout SchemaValue, _ node: SchemaNode, _ settings: SchemaSettings
    ) -> [SchemaReport] {
        guard case .number(let number) = value, !number.double.isNaN else {
            return [report("number.base", node)]
        }
        if number.double.isInfinite { return [report("number.infinity", node)] }
        if let entry = node.definition.rule("precision"), settings.converts || entry.converts,
            case .precision(let places) = entry.rule
        {
            let factor = Double.power(of: 10, places)
            let rounded = (number.double * factor + 0.5).rounded(.down) / factor
            if rounded != number.double { value = .number(rounded) }
        }
        if node.definition.flags.isUnsafe != true, number.double.magnitude > ValueNumber.safeMax {
            return [report("number.unsafe", node)]
        }
        return []
    }

    private func checkArray(_ value: inout SchemaValue, _ node: SchemaNode) -> [SchemaReport] {
        if case .array = value { return [] }
        guard node.definition.flags.isSingle == true else { return [report("array.base", node)] }
        value = .array([value])
        isSingle = true
        return []
    }
}

extension Double {
    /// A power by multiplication: exact as long as the result is.
    static func power(of base: Double, _ exponent: Int) -> Double {
        var result = 1.0
        for _ in 0..<min(max(exponent, 0), 308) { result *= base }
        return result
    }
}
