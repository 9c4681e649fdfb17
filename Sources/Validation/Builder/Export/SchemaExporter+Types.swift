extension SchemaExporter {
    mutating func exportType(_ definition: SchemaDefinition, _ object: inout SchemaObject) {
        switch definition.kind {
        case .any: break
        case .string: exportText(definition, &object)
        case .number: exportNumber(definition, &object)
        case .boolean: object["type"] = .text("boolean")
        case .object: exportObject(definition, &object)
        case .array: exportArray(definition, &object)
        case .date, .binary:
            // JSON has neither: without a conversion nothing fits.
            guard definition.flags.coerces == true else {
                object["not"] = .object(SchemaObject())
                break
            }
            exportRead(definition, &object)
        case .alternatives: exportAlternatives(definition, &object)
        case .link: exportLink(definition, &object)
        case .function: object["not"] = .object(SchemaObject())
        }
        for entry in definition.rules {
            if case .custom(let name, _) = entry.rule { lose("the program's own check \(name)") }
            if case .impossible = entry.rule { object["not"] = .object(SchemaObject()) }
            if case .assert = entry.rule { lose("an assertion about fields") }
        }
    }

    /// Dates and bytes that are read from text.
    private mutating func exportRead(
        _ definition: SchemaDefinition, _ object: inout SchemaObject
    ) {
        object["type"] = .text("string")
        if definition.kind == .date {
            lose("the forms of ISO 8601, and limits of dates")
        } else if definition.flags.encoding == "base64" {
            object["contentEncoding"] = .text("base64")
            object["pattern"] = .text(Self.base64Pattern)
            if !definition.rules.isEmpty { lose("the number of bytes") }
        } else {
            lose("bytes in the encoding of the text")
        }
    }

    private static let base64Pattern =
        "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"

    private mutating func exportNumber(
        _ definition: SchemaDefinition, _ object: inout SchemaObject
    ) {
        object["type"] = .text("number")
        if definition.flags.isUnsafe != true {
            append(
                .object([
                    "minimum": .number(-ValueNumber.safeMax),
                    "maximum": .number(ValueNumber.safeMax),
                ]), &object)
        }
        for entry in definition.rules {
            switch entry.rule {
            case .integer: object["type"] = .text("integer")
            case .order(let comparison, let limit):
                let keywords: [SchemaRule.Comparison: String] = [
                    .min: "minimum", .max: "maximum", .greater: "exclusiveMinimum",
                    .less: "exclusiveMaximum",
                ]
                guard let keyword = keywords[comparison], let value = limit.fixed else {
                    lose("a limit that refers to a field")
                    continue
                }
                object[keyword] = value
            case .multiple(let limit):
                guard let value = limit.fixed else {
                    lose("a multiple that refers to a field")
                    continue
                }
                object["multipleOf"] = value
            case .port:
                object["type"] = .text("integer")
                append(.object(["minimum": .number(0), "maximum": .number(65_535)]), &object)
            case .sign(let isPositive):
                let keyword = isPositive ? "exclusiveMinimum" : "exclusiveMaximum"
                append(.object([keyword: .number(0)]), &object)
            case .precision: lose("the number of decimal places")
            default: break
            }
        }
    }

    private mutating func exportAlternatives(
        _ definition: SchemaDefinition, _ object: inout SchemaObject
    ) {
        var nodes: [SchemaNode] = []
        for alternative in definition.alternatives {
            switch alternative {
            case .schema(let node): nodes.append(node)
            case .condition(let condition):
                if definition.alternatives.count == 1 {
                    exportCondition(condition, &object)
                } else {
                    lose("a condition among alternatives")
                }
            }
        }
        guard !nodes.isEmpty else {
            if definition.alternatives.isEmpty { object["not"] = .object(SchemaObject()) }
            return
        }
        let keyword =
            switch definition.flags.match {
            case .one: "oneOf"
            case .all: "allOf"
            case .any, nil: "anyOf"
            }
        object[keyword] = list(keyword, nodes)
    }

    mutating func exportCondition(
        _ condition: SchemaDefinition.Condition, _ object: inout SchemaObject
    ) {
        guard condition.reference == nil, condition.merged == nil, condition.branches.count == 1,
            let branch = condition.branches.first
        else {
            lose("a condition on another field")
            return
        }
        guard branch.then?.definition.onlyNarrows ?? true,
            branch.otherwise?.definition.onlyNarrows ?? true
        else {
            lose("a condition that adds fields, elements or values")
            return
        }
        var rule = SchemaObject()
        rule["if"] = at("if") { .object($0.export(branch.test)) }
        if let then = branch.then { rule["then"] = at("then") { .object($0.export(then)) } }
        if let otherwise = branch.otherwise {
            rule["else"] = at("else") { .object($0.export(otherwise)) }
        }
        append(.object(rule), &object)
    }

    private mutating func exportLink(_ definition: SchemaDefinition, _ object: inout SchemaObject) {
        guard let link = definition.link else { return }
        if definition.flags.linkDepthMax != nil { lose("how deep the link may go") }
        switch link.origin {
        case .root where link.path.isEmpty: object["$ref"] = .text("#")
        case .root:
            let steps = link.path.map { "/properties/" + $0.string }
            object["$ref"] = .text("#" + steps.joined())
        case .local where link.path.count == 1 && sharedNames.contains(link.path[0]):
            object["$ref"] = .text("#/$defs/" + (link.path.first?.string ?? ""))
        default: lose("a link relative to its place")
        }
    }
}

extension SchemaRule.Comparison: Hashable {}

extension SchemaDefinition {
    /// Whether merging it into another schema only adds rules, so that both must hold.
    fileprivate var onlyNarrows: Bool {
        keys == nil && items.isEmpty && ordered.isEmpty && allowed == nil && alternatives.isEmpty
            && keyPatterns.isEmpty && renames.isEmpty && flags.unknown == nil
            && flags.presence == nil && flags.fallback == nil
    }
}

extension SchemaExporter {
    mutating func exportText(_ definition: SchemaDefinition, _ object: inout SchemaObject) {
        object["type"] = .text("string")
        object["minLength"] = .number(1)
        for entry in definition.rules {
            switch entry.rule {
            case .size(let bound, let limit, let unit):
                guard let count = limit.fixedCount, unit == .scalars else {
                    lose("a length that refers to a field or counts bytes or UTF-16 units")
                    continue
                }
                if bound != .max { object["minLength"] = .number(count) }
                if bound != .min { object["maxLength"] = .number(count) }
            case .pattern(let pattern, let isInverted, _):
                if !pattern.options.isEmpty { lose("the flags of a pattern") }
                let rule = SchemaValue.object(["pattern": .text(pattern.source)])
                append(isInverted ? .object(["not": rule]) : rule, &object)
            case .format(let format): exportFormat(format, &object)
            case .trim, .letterCase, .normalize:
                lose(entry.converts ? "the text is changed: \(entry.name)" : entry.name)
            default: break
            }
        }
    }

    private mutating func exportFormat(_ format: TextFormat, _ object: inout SchemaObject) {
        func pattern(_ source: String) {
            append(.object(["pattern": .text(source)]), &object)
        }
        switch format {
        case .alphanumeric: pattern("^[A-Za-z0-9]+$")
        case .token: pattern("^[A-Za-z0-9_]+$")
        case .hexadecimal(let rule) where !rule.isByteAligned:
            let prefix = rule.prefix == .none ? "" : rule.prefix == .required ? "0[xX]" : "(0[xX])?"
            pattern("^" + prefix + "[0-9A-Fa-f]+$")
        case .base64(let rule):
            guard rule.isPadded, !rule.isURLSafe, !rule.refusesPadding else {
                lose("a kind of Base64")
                break
            }
            object["contentEncoding"] = .text("base64")
            pattern(Self.base64Pattern)
        case .email: name("email", &object)
        case .hostname, .domain: name("hostname", &object)
        case .guid: name("uuid", &object)
        case .uri(let rule): name(rule.form == .absolute ? "uri" : "uri-reference", &object)
        case .url: name("uri", &object)
        case .isoDuration: name("duration", &object)
        case .isoDate(let rule) where rule.isTimestamp: name("date-time", &object)
        case .ip(let rule) where rule.versions == [.ipv4] && rule.prefix == .forbidden:
            name("ipv4", &object)
        case .ip(let rule) where rule.versions == [.ipv6] && rule.prefix == .forbidden:
            name("ipv6", &object)
        case .creditCard, .dataURI, .hexadecimal, .ip, .isoDate, .date:
            lose("a format: \(format.name)")
        }
    }

    private mutating func name(_ format: String, _ object: inout SchemaObject) {
        object["format"] = .text(format)
        lose("the exact rules of \(format): readers may only note a format, or read it otherwise")
    }
}

extension TextFormat {
    /// A word for people.
    fileprivate var name: String {
        switch self {
        case .creditCard: "card number"
        case .dataURI: "data URI"
        case .hexadecimal: "hexadecimal bytes"
        case .ip: "IP address"
        case .isoDate: "ISO 8601 date"
        case .date: "calendar date"
        default: "text"
        }
    }
}
