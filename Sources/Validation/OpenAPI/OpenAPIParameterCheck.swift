import GatehouseCore

/// Checks parameters one after the other and gathers what is wrong.
struct OpenAPIParameterCheck {
    private let program: SchemaProgram
    private let rules: OpenAPIRules
    private(set) var issues: [ValidationIssue] = []

    /// Longest name of a client's that a pointer repeats.
    private static let nameMax = 256

    init(_ program: SchemaProgram, _ rules: OpenAPIRules) {
        self.program = program
        self.rules = rules
    }

    static func pointer(_ location: String, _ name: String) -> String {
        name.utf8.count > nameMax ? "/\(location)" : "/\(location)/\(name.pointerEscaped)"
    }

    mutating func note(
        _ pointer: String, _ keyword: String, _ message: String, expected: String? = nil
    ) {
        guard issues.count < rules.limits.issuesMax else { return }
        issues.append(
            ValidationIssue(
                pointer: pointer, keyword: keyword, message: message, expected: expected))
    }

    /// Checks a parameter by its texts, each as it came.
    mutating func check(
        _ parameter: OpenAPIParameter, _ texts: [String], _ scratch: inout OpenAPIScratch
    ) {
        let place = Self.pointer(parameter.location.rawValue, parameter.name)
        guard let first = texts.first else {
            if parameter.isRequired { note(place, "required", "is required") }
            return
        }
        if texts == [""], parameter.allowsEmpty { return }
        let isRepeatable =
            parameter.shape.form == .list && !parameter.isJSON
            && (parameter.location == .query && parameter.explodes
                || parameter.location == .header)
        guard texts.count == 1 || isRepeatable else {
            note(place, "repeated", "must be there once")
            return
        }
        if parameter.isJSON {
            guard let text = decode(first, parameter) else { return malformed(place) }
            run(Array(text.utf8), parameter.block, place, &scratch)
            return
        }
        var json = JSONWriter(into: scratch.json.emptied())
        let isRead = write(texts, parameter, to: &json)
        let bytes = json.finish()
        if isRead { run(bytes, parameter.block, place, &scratch) } else { malformed(place) }
        scratch.json = bytes
    }

    /// Checks an object whose members came as parameters of their own.
    mutating func check(
        _ parameter: OpenAPIParameter, record: [(name: String, value: String)],
        _ scratch: inout OpenAPIScratch
    ) {
        check(parameter, isThere: !record.isEmpty, &scratch) { json in
            OpenAPIText.write(record: record, as: parameter.shape, to: &json)
        }
    }

    /// Checks what came in brackets behind a name.
    mutating func check(
        _ parameter: OpenAPIParameter, tree: OpenAPITree, isAlone: Bool,
        _ scratch: inout OpenAPIScratch
    ) {
        check(parameter, isThere: !tree.isEmpty, &scratch) { json in
            isAlone && tree.write(as: parameter.shape, to: &json)
        }
    }

    private mutating func check(
        _ parameter: OpenAPIParameter, isThere: Bool, _ scratch: inout OpenAPIScratch,
        _ write: (inout JSONWriter) -> Bool
    ) {
        let place = Self.pointer(parameter.location.rawValue, parameter.name)
        guard isThere else {
            if parameter.isRequired { note(place, "required", "is required") }
            return
        }
        var json = JSONWriter(into: scratch.json.emptied())
        let isRead = write(&json)
        let bytes = json.finish()
        if isRead {
            run(bytes, parameter.block, place, &scratch)
        } else {
            note(place, "repeated", "must have each member once")
        }
        scratch.json = bytes
    }

    private mutating func malformed(_ place: String) {
        note(place, "malformed", "must be written as its style asks")
    }

    private mutating func run(
        _ json: [UInt8], _ block: Int32, _ place: String, _ scratch: inout OpenAPIScratch
    ) {
        do throws(JSONError) {
            let found = try program.issues(
                reading: json.raw, block, rules.limits, JSONLimits(), tape: &scratch.tape,
                scratch: &scratch.schema)
            for var issue in found {
                guard issues.count < rules.limits.issuesMax else { return }
                issue.pointer = place + issue.pointer
                issues.append(issue)
            }
        } catch { note(place, "malformed", "must be a JSON text") }
    }

    // MARK: Styles

    /// Writes the value of a parameter; false if its text is not in its style.
    func write(
        _ texts: [String], _ parameter: OpenAPIParameter, to json: inout JSONWriter
    ) -> Bool {
        let shape = parameter.shape
        var parts: [String] = []
        for text in texts {
            guard let split = split(text, parameter) else { return false }
            parts += split
        }
        if shape.form == .record {
            guard let record = record(parts, parameter) else { return false }
            return OpenAPIText.write(record: record, as: shape, to: &json)
        }
        var values: [String] = []
        for part in parts {
            guard let value = decode(part, parameter) else { return false }
            values.append(value)
        }
        if shape.form == .list {
            OpenAPIText.write(list: values, as: shape.kinds, to: &json)
            return true
        }
        guard values.count == 1 else { return false }
        OpenAPIText.write(values[0], as: shape.kinds, to: &json)
        return true
    }

    /// The parts of a text, still encoded; a scalar is one.
    private func split(_ text: String, _ parameter: OpenAPIParameter) -> [String]? {
        let isScalar = parameter.shape.form == .scalar
        let isList = parameter.shape.form == .list
        switch parameter.style {
        case .form:
            if isScalar || isList && parameter.explodes { return [text] }
            return Self.parts(text, ",")
        case .spaceDelimited:
            let plain = text.replacing("%20", with: " ").replacing("+", with: " ")
            return isScalar || parameter.explodes ? [text] : Self.parts(plain, " ")
        case .pipeDelimited:
            let plain = text.replacing("%7C", with: "|").replacing("%7c", with: "|")
            return isScalar || parameter.explodes ? [text] : Self.parts(plain, "|")
        case .simple: return isScalar ? [text] : Self.parts(text, ",")
        case .label:
            guard text.hasPrefix(".") else { return nil }
            let rest = String(text.dropFirst())
            return isScalar ? [rest] : Self.parts(rest, parameter.explodes ? "." : ",")
        case .matrix: return matrix(text, parameter)
        case .deepObject: return nil
        }
    }

    /// `;name=value`, with the list's elements or the members each after a semicolon of its own
    /// if the parameter explodes.
    private func matrix(_ text: String, _ parameter: OpenAPIParameter) -> [String]? {
        guard text.hasPrefix(";") else { return nil }
        let rest = String(text.dropFirst())
        let prefix = parameter.name + "="
        if parameter.shape.form == .record, parameter.explodes { return Self.parts(rest, ";") }
        let isExploded = parameter.shape.form == .list && parameter.explodes
        let pieces = isExploded ? Self.parts(rest, ";") : [rest]
        guard pieces.allSatisfy({ $0.hasPrefix(prefix) }) else { return nil }
        let values = pieces.map { String($0.dropFirst(prefix.count)) }
        if parameter.shape.form == .scalar || isExploded { return values }
        return Self.parts(values[0], ",")
    }

    private static func parts(_ text: String, _ separator: Character) -> [String] {
        if text.isEmpty { return [] }
        return text.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }

    /// Names and values: `a=1` each if the parameter explodes, else one after the other.
    private func record(
        _ parts: [String], _ parameter: OpenAPIParameter
    ) -> [(name: String, value: String)]? {
        var texts = parts
        if parameter.explodes {
            texts = parts.flatMap { part in
                part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    .map(String.init)
            }
            guard texts.count == parts.count * 2 else { return nil }
        }
        guard texts.count.isMultiple(of: 2) else { return nil }
        var record: [(name: String, value: String)] = []
        for index in stride(from: 0, to: texts.count, by: 2) {
            guard let name = decode(texts[index], parameter),
                let value = decode(texts[index + 1], parameter)
            else { return nil }
            record.append((name, value))
        }
        return record
    }

    /// Headers hold plain text; white space around it means nothing.
    func decode(_ text: String, _ parameter: OpenAPIParameter) -> String? {
        if parameter.isPlain { return text }
        switch parameter.location {
        case .query: return OpenAPIPairs.decode(text[...])
        case .path: return text.percentDecoded
        case .cookie: return text.percentDecoded
        case .header:
            var bytes = Array(text.utf8)[...]
            while bytes.last == 0x20 || bytes.last == 0x09 { bytes.removeLast() }
            while bytes.first == 0x20 || bytes.first == 0x09 { bytes.removeFirst() }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}

extension [UInt8] {
    /// The array without its elements, with its memory.
    fileprivate mutating func emptied() -> [UInt8] {
        var result: [UInt8] = []
        swap(&self, &result)
        result.removeAll(keepingCapacity: true)
        return result
    }
}
