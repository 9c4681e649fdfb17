import GatehouseCore

extension JoiImporter {
    mutating func rules(
        _ value: SchemaValue, _ definition: inout SchemaDefinition
    ) throws(JoiImportError) {
        for (index, item) in try list(value).enumerated() {
            let description = try object(item)
            let entry = try at("\(index)") { (reader) throws(JoiImportError) in
                try reader.rule(description, &definition)
            }
            definition.rules.append(entry)
        }
    }

    private mutating func rule(
        _ description: SchemaObject, _ definition: inout SchemaDefinition
    ) throws(JoiImportError) -> SchemaRuleEntry {
        let name = try string(description["name"])
        var arguments = SchemaObject()
        if case .object(let given)? = description["args"] { arguments = given }
        var options = SchemaObject()
        if case .object(let given)? = arguments["options"] { options = given }
        let rule = try rule(name, arguments, options, &definition)
        var entry = SchemaRuleEntry(name, rule)
        if let message = description["message"] { entry.messages = messages(message) }
        entry.isKept = description["keep"] == .bool(true)
        entry.isWarning = description["warn"] == .bool(true)
        return entry
    }

    /// Texts that only show the label and the limit; others could show the value, and the
    /// catalogue's stand instead.
    private func messages(_ value: SchemaValue) -> [String: String] {
        guard case .object(let object) = value else { return [:] }
        var texts: [String: String] = [:]
        for (name, item) in zip(object.names, object.values) {
            var template = name.string == "template" ? value : item
            if case .object(let inner) = template { template = inner["template"] ?? .undefined }
            guard var text = template.text?.string else { continue }
            for (old, new) in [
                ("{{#label}}", "\u{1}"), ("{#label}", "\u{1}"), ("{{#limit}}", "\u{2}"),
                ("{#limit}", "\u{2}"),
            ] {
                text = text.replacing(old, with: new)
            }
            guard !text.contains("{") else { continue }
            text = text.replacing("\u{1}", with: "{label}").replacing("\u{2}", with: "{expected}")
            texts[name.string == "template" ? "*" : name.string] = text
        }
        return texts
    }

    private mutating func rule(
        _ name: String, _ arguments: SchemaObject, _ options: SchemaObject,
        _ definition: inout SchemaDefinition
    ) throws(JoiImportError) -> SchemaRule {
        let known: SchemaRule? =
            switch definition.kind {
            case .string: try textRule(name, arguments, options, &definition)
            case .number: try numberRule(name, arguments)
            case .date: try dateRule(name, arguments)
            case .array: try arrayRule(name, arguments, options)
            case .object, .function: try objectRule(name, arguments)
            case .binary: try sizeRule(name, arguments)
            default: nil
            }
        guard let known else { throw refusal("rule \(name) is not known") }
        return known
    }

    private mutating func sizeRule(
        _ name: String, _ arguments: SchemaObject
    ) throws(JoiImportError) -> SchemaRule? {
        let bounds: [String: SchemaRule.SizeBound] = ["min": .min, "max": .max, "length": .exact]
        guard let bound = bounds[name] else { return nil }
        let unit: LengthUnit = arguments["encoding"] == nil ? .utf16 : .bytes
        return .size(bound, try limit(arguments["limit"] ?? .undefined), unit)
    }

    private mutating func numberRule(
        _ name: String, _ arguments: SchemaObject
    ) throws(JoiImportError) -> SchemaRule? {
        switch name {
        case "min", "max", "greater", "less":
            guard let comparison = SchemaRule.Comparison(rawValue: name) else { return nil }
            return .order(comparison, try limit(arguments["limit"] ?? .undefined))
        case "integer": return .integer
        case "port": return .port
        case "multiple": return .multiple(try limit(arguments["base"] ?? .undefined))
        case "precision":
            guard let places = arguments["limit"]?.countLimit else {
                throw refusal("needs a limit")
            }
            return .precision(places)
        case "sign": return .sign(isPositive: arguments["sign"] == .text("positive"))
        default: return nil
        }
    }

    private mutating func dateRule(
        _ name: String, _ arguments: SchemaObject
    ) throws(JoiImportError) -> SchemaRule? {
        guard let comparison = SchemaRule.Comparison(rawValue: name) else { return nil }
        return .order(comparison, try limit(arguments["date"] ?? .undefined, isDate: true))
    }

    private mutating func arrayRule(
        _ name: String, _ arguments: SchemaObject, _ options: SchemaObject
    ) throws(JoiImportError) -> SchemaRule? {
        switch name {
        case "has": return .contains(try node(arguments["schema"] ?? .undefined))
        case "items": return .items
        case "sort":
            var key: SchemaReference?
            if case .object? = options["by"] { key = try reference(options["by"] ?? .undefined) }
            return .sort(isAscending: options["order"] != .text("descending"), by: key)
        case "unique":
            var key: [SchemaText]?
            if let comparator = arguments["comparator"] {
                key = try string(comparator).split(separator: ".").map { SchemaText(String($0)) }
            }
            return .unique(by: key, ignoresAbsent: options["ignoreUndefined"] == .bool(true))
        default: return try sizeRule(name, arguments)
        }
    }

    private mutating func objectRule(
        _ name: String, _ arguments: SchemaObject
    ) throws(JoiImportError) -> SchemaRule? {
        switch name {
        case "assert":
            return .assert(
                try limit(arguments["subject"] ?? .undefined),
                try node(arguments["schema"] ?? .undefined),
                message: arguments["message"]?.text?.string)
        // Values that only a program's memory can hold: no JSON is one.
        case "schema": return .impossible("object.schema")
        case "regex": return .impossible("object.regex")
        case "instance": return .impossible("object.instance")
        case "ref": return .impossible("object.refType")
        case "arity", "minArity", "maxArity", "class": return .impossible("object.base")
        default: return try sizeRule(name, arguments)
        }
    }

    mutating func replacements(
        _ value: SchemaValue, _ definition: inout SchemaDefinition
    ) throws(JoiImportError) {
        for item in try list(value) {
            let object = try object(item)
            guard case .object(let source)? = object["pattern"], let regex = source["regex"] else {
                throw refusal("must be a pattern")
            }
            definition.replacements.append(
                SchemaDefinition.Replacement(
                    pattern: try pattern(regex),
                    replacement: SchemaText(try string(object["replacement"]))))
        }
    }

    /// `/source/flags`, as ECMAScript writes it.
    func pattern(_ value: SchemaValue) throws(JoiImportError) -> SchemaPattern {
        let text = try string(value)
        guard text.hasPrefix("/"), let end = text.lastIndex(of: "/"), end > text.startIndex else {
            throw refusal("is no pattern")
        }
        var options: PatternOptions = []
        var isGlobal = false
        for flag in text[text.index(after: end)...] {
            switch flag {
            case "i": options.insert(.ignoresCase)
            case "m": options.insert(.multiline)
            case "s": options.insert(.dotMatchesLineEnds)
            case "g": isGlobal = true
            case "u", "v", "d": break
            default: throw refusal("has an unknown flag")
            }
        }
        let source = String(text[text.index(after: text.startIndex)..<end])
        do throws(PatternError) {
            var pattern = try SchemaPattern(JoiPattern.strict(source), options: options)
            pattern.isGlobal = isGlobal
            return pattern
        } catch {
            throw refusal("the pattern can't be used: \(error.description)")
        }
    }
}

/// What patterns without the `u` flag may leave out (ECMA-262 annex B).
enum JoiPattern {
    /// The pattern with braces escaped that count nothing: `{7e` means itself.
    static func strict(_ source: String) -> String {
        var output = ""
        var rest = Substring(source)
        var isClass = false
        while let character = rest.first {
            rest = rest.dropFirst()
            switch character {
            case "\\":
                output.append(character)
                if let next = rest.first {
                    output.append(next)
                    rest = rest.dropFirst()
                    if "pPu".contains(next), rest.first == "{" {
                        output.append("{")
                        rest = rest.dropFirst()
                    }
                }
            case "[": isClass = true; output.append(character)
            case "]": isClass = false; output.append(character)
            case "{" where !isClass && !isCount(rest): output += "\\{"
            default: output.append(character)
            }
        }
        return output
    }

    /// Whether digits, at most one comma and a closing brace follow.
    private static func isCount(_ rest: Substring) -> Bool {
        guard let end = rest.firstIndex(of: "}") else { return false }
        let inside = rest[..<end]
        guard inside.first?.isNumber == true else { return false }
        return inside.allSatisfy { $0.isNumber || $0 == "," } && inside.count { $0 == "," } < 2
    }
}
