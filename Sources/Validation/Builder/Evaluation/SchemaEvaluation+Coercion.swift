import GatehouseCore

extension SchemaEvaluation {
    /// Changes the value to what the schema makes of it, where conversion was asked for.
    func coerce(
        _ value: inout SchemaValue, _ node: SchemaNode, _ settings: SchemaSettings
    ) -> SchemaReport? {
        let definition = node.definition
        let converts = settings.converts || definition.flags.coerces == true
        switch (definition.kind, value) {
        case (.string, .text(let text)):
            return coerceText(text, &value, node, settings)
        case (.number, .text(let text)) where converts:
            return coerceNumber(text, &value, node)
        case (.boolean, .text), (.boolean, .number):
            guard converts else { return nil }
            coerceBoolean(&value, definition)
        case (.date, .text), (.date, .number):
            guard converts else { return nil }
            let moment = ScriptDate.parse(value, format: definition.flags.dateFormat)
            if let moment { value = .date(moment) }
        case (.binary, .text(let text)) where converts: coerceBinary(text, &value, definition)
        case (.binary, .object) where settings.converts:
            if let bytes = value.bufferBytes { value = .binary(bytes) }
        case (.array, .array(let elements)):
            guard let entry = definition.rule("sort"), settings.converts || entry.converts,
                case .sort(let isAscending, let key) = entry.rule
            else { return nil }
            switch sort(elements, isAscending: isAscending, by: key) {
            case .sorted(let sorted): value = .array(sorted)
            case .failed(let code): return report(code, node)
            }
        default: break
        }
        return nil
    }

    /// Normal form, letters, white space, replacements, Base 16 and dates, length: in this order.
    private func coerceText(
        _ start: SchemaText, _ value: inout SchemaValue, _ node: SchemaNode,
        _ settings: SchemaSettings
    ) -> SchemaReport? {
        var text = start
        let definition = node.definition
        func rule(_ name: String) -> SchemaRule? {
            guard let entry = definition.rule(name), settings.converts || entry.converts else {
                return nil
            }
            return entry.rule
        }
        if case .normalize(let form)? = rule("normalize") { text = form.normalised(text) }
        if case .letterCase(let letters)? = rule("case") {
            text = letters == .upper ? text.uppercased : text.lowercased
        }
        if case .trim(true)? = rule("trim") { text = text.trimmed }
        if settings.converts || definition.flags.coerces == true {
            for replacement in definition.replacements { text = replacement.apply(to: text) }
        }
        if settings.converts {
            if case .format(.hexadecimal(let hex))? = rule("hex"), hex.isByteAligned,
                text.utf8.count % 2 != 0
            {
                text = SchemaText(utf8: [UInt8(ascii: "0")] + text.utf8)
            }
            if rule("isoDate") != nil,
                let moment = ScriptDate.parse(.text(text), format: .iso)
            {
                text = SchemaText(CalendarText.iso(moment))
            }
            if case .format(.uri)? = rule("uri"), definition.encodesURI {
                text = URIRule.encoded(text)
            }
        }
        if definition.flags.truncates == true,
            case .size(.max, let limit, let unit)? = definition.rule("max")?.rule
        {
            guard let count = resolve(limit, .text(text)).countLimit else {
                return report("any.ref", node, expected: limit.shown)
            }
            text = text.prefix(count, in: unit)
        }
        value = .text(text)
        return nil
    }

    private func coerceNumber(
        _ text: SchemaText, _ value: inout SchemaValue, _ node: SchemaNode
    ) -> SchemaReport? {
        let trimmed = text.trimmed
        guard let numeral = Numeral(trimmed.utf8.raw) else { return nil }
        let double = numeral.double
        if node.definition.flags.isUnsafe != true, !numeral.isExact(double) {
            value = .number(double)
            return report("number.unsafe", node)
        }
        value = .number(double)
        return nil
    }

    private func coerceBoolean(_ value: inout SchemaValue, _ definition: SchemaDefinition) {
        let ignoresCase = definition.flags.sensitive != true
        if case .text(let text) = value {
            let word = (ignoresCase ? text.lowercased : text).string
            if word == "true" { value = .bool(true) }
            if word == "false" { value = .bool(false) }
        }
        func isAmong(_ values: SchemaValues?) -> Bool {
            values?.fixed.contains { value.isSame(as: $0, ignoringCase: ignoresCase) } ?? false
        }
        if case .bool = value { return }
        if isAmong(definition.truthy) {
            value = .bool(true)
        } else if isAmong(definition.falsy) {
            value = .bool(false)
        }
    }

    private func coerceBinary(
        _ text: SchemaText, _ value: inout SchemaValue, _ definition: SchemaDefinition
    ) {
        switch definition.flags.encoding {
        case "base64": if let bytes = Base64Bytes.decode(text.utf8.raw) { value = .binary(bytes) }
        case "hex":
            let rule = HexRule(isByteAligned: true, prefix: .none)
            guard rule.failure(text.utf8.raw) == nil else { return }
            let digits = text.utf8.compactMap(\.hexDigit)
            value = .binary(
                stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
        default: value = .binary(text.utf8)
        }
    }
}

extension SchemaValue {
    /// The bytes of `{"type":"Buffer","data":[…]}`, as Node.js writes them.
    var bufferBytes: [UInt8]? {
        guard case .object(let object) = self, object["type"] == .text("Buffer"),
            case .array(let data)? = object["data"]
        else { return nil }
        var bytes: [UInt8] = []
        for item in data {
            guard case .number(let number) = item, let integer = number.integer,
                let byte = UInt8(exactly: integer)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// What a size may be compared with: a whole number from 0 to 2^53 - 1.
    var countLimit: Int? {
        guard case .number(let number) = self, let integer = number.integer, integer >= 0,
            number.double <= ValueNumber.safeMax
        else { return nil }
        return Int(integer)
    }
}
