import GatehouseCore

extension SchemaCompiler {
    mutating func emitTypes(_ scope: inout SchemaScope) throws(SchemaError) {
        if let place = member("type", scope) {
            var kinds: SchemaKinds = []
            let names = sources.node(place).kind == .array ? sources.children(of: place) : [place]
            for name in names { kinds.formUnion(try kind(name)) }
            if scope.dialect.draft == .openAPI30, try flag("nullable", scope) {
                kinds.insert(.null)
            }
            scope.kinds = kinds
            emit(.type, .any, Int32(kinds.rawValue))
        }
        if let place = member("const", scope) {
            emit(.constants, .any, constant(place), 1)
            scope.isEnumerated = true
        }
        if let place = member("enum", scope) {
            try emitEnum(try list(place, of: "values"))
            scope.isEnumerated = true
        }
    }

    private func kind(_ place: SchemaPlace) throws(SchemaError) -> SchemaKinds {
        switch try text(place) {
        case "object": return .object
        case "array": return .array
        case "string": return .string
        case "number": return .number
        case "integer": return .integer
        case "boolean": return .boolean
        case "null": return .null
        default:
            throw sources.error(
                .wrongValue(
                    expected: "array, boolean, integer, null, number, object or string"),
                at: place)
        }
    }

    private mutating func emitEnum(_ values: [SchemaPlace]) throws(SchemaError) {
        if !values.isEmpty, values.allSatisfy({ sources.node($0).kind == .string }) {
            var seen: Set<Int32> = []
            let entries = values.map { parts.names.number(of: sources.node($0).text) }
                .filter { seen.insert($0).inserted }.map { PropertyTables.Entry(name: $0) }
            emit(.names, .any, parts.names.add(entries), Int32(entries.count))
            return
        }
        let first = Int32(parts.constants.count)
        for value in values { _ = constant(value) }
        emit(.constants, .any, first, Int32(values.count))
    }

    private mutating func constant(_ place: SchemaPlace) -> Int32 {
        var json = JSONWriter()
        sources.documents[place.document].json.write(place.node, to: &json)
        parts.constants.append(json.finish())
        return Int32(parts.constants.count - 1)
    }

    mutating func emitNumbers(_ scope: SchemaScope) throws(SchemaError) {
        if scope.dialect.draft == .openAPI30 {
            let isLowOpen = try flag("exclusiveMinimum", scope)
            let isHighOpen = try flag("exclusiveMaximum", scope)
            try emitBound("minimum", isLowOpen ? .exclusiveMinimum : .minimum, scope)
            try emitBound("maximum", isHighOpen ? .exclusiveMaximum : .maximum, scope)
        } else {
            try emitBound("minimum", .minimum, scope)
            try emitBound("maximum", .maximum, scope)
            try emitBound("exclusiveMinimum", .exclusiveMinimum, scope)
            try emitBound("exclusiveMaximum", .exclusiveMaximum, scope)
        }
        guard let place = member("multipleOf", scope) else { return }
        let text = try number(place)
        let bytes = Array(text.utf8)
        let decimal = DecimalText(bytes.raw)
        guard !decimal.isZero, !decimal.isNegative else {
            throw sources.error(.wrongValue(expected: "a number greater than 0"), at: place)
        }
        guard let divisor = DecimalDivisor(decimal) else {
            throw sources.error(.tooPrecise, at: place)
        }
        parts.divisors.append(
            SchemaDivisor(text: text, exact: divisor, integer: divisor.integer))
        emit(.multipleOf, .number, Int32(parts.divisors.count - 1))
    }

    private mutating func emitBound(
        _ name: String, _ code: SchemaInstruction.Code, _ scope: SchemaScope
    ) throws(SchemaError) {
        guard let place = member(name, scope) else { return }
        emit(code, .number, addNumber(try number(place)))
    }

    mutating func addNumber(_ text: String) -> Int32 {
        let bytes = Array(text.utf8)
        let integer = JSONDecimal(DecimalText(bytes.raw)).integer
        parts.numbers.append(ProgramNumber(text: text, bytes: bytes, integer: integer))
        return Int32(parts.numbers.count - 1)
    }

    private func number(_ place: SchemaPlace) throws(SchemaError) -> String {
        guard sources.node(place).kind == .number else {
            throw sources.error(.wrongValue(expected: "a number"), at: place)
        }
        return sources.node(place).text
    }

    mutating func emitStrings(_ scope: SchemaScope) throws(SchemaError) {
        if readsParts, sources.isBinary(scope.place) {
            return try emitRange(.byteLength, .string, "minLength", "maxLength", scope)
        }
        try emitRange(.length, .string, "minLength", "maxLength", scope)
        if let place = member("pattern", scope) {
            emit(.pattern, .string, try pattern(try text(place), at: place))
        }
    }

    mutating func emitCounts(_ scope: SchemaScope) throws(SchemaError) {
        try emitRange(.items, .array, "minItems", "maxItems", scope)
        try emitRange(.members, .object, "minProperties", "maxProperties", scope)
        if try flag("uniqueItems", scope) { emit(.uniqueItems, .array) }
    }

    private mutating func emitRange(
        _ code: SchemaInstruction.Code, _ kind: SchemaKinds, _ least: String, _ most: String,
        _ scope: SchemaScope
    ) throws(SchemaError) {
        let (low, high) = (try count(least, scope), try count(most, scope))
        guard low != nil || high != nil else { return }
        emit(code, kind, low ?? 0, high ?? .max)
    }

    mutating func emitFormat(_ scope: SchemaScope) throws(SchemaError) {
        guard let place = member("format", scope) else { return }
        let name = try text(place)
        let isAsserted =
            options.formats == .assertion
            || scope.dialect.vocabularies.contains(.formatAssertion)
        if let format = Format(rawValue: name) {
            guard isAsserted else { return }
            parts.formats.append(format)
            emit(.format, .string, Int32(parts.formats.count - 1))
        } else if let range = Self.integerFormats[name] {
            guard isAsserted, scope.dialect.draft == .openAPI30 || direction != .none else {
                return
            }
            emit(.minimum, .number, addNumber(range.0))
            emit(.maximum, .number, addNumber(range.1))
        } else if !Self.knownFormats.contains(name) {
            warn(.unknownFormat, place)
        }
    }

    /// Ranges of OpenAPI's number formats.
    private static let integerFormats = [
        "int32": ("-2147483648", "2147483647"),
        "int64": ("-9223372036854775808", "9223372036854775807"),
    ]
    /// Formats of OpenAPI that say something about meaning and nothing that could be checked.
    private static let knownFormats: Set<String> = ["float", "double", "binary", "password"]
}
