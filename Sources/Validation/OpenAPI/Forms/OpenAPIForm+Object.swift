import GatehouseCore

/// Writes what came in a form as one JSON object.
struct OpenAPIFormObject: ~Copyable {
    private let form: OpenAPIForm
    private var json = JSONWriter()
    private(set) var sizes: [(start: Int, count: Int)] = []
    private(set) var check: OpenAPIParameterCheck

    init(_ form: OpenAPIForm, _ check: consuming OpenAPIParameterCheck) {
        self.form = form
        self.check = check
    }

    /// The object's text; worth nothing if there are issues.
    consuming func finish() -> (
        json: [UInt8], sizes: [(start: Int, count: Int)], issues: [ValidationIssue]
    ) {
        let (sizes, issues) = (sizes, check.issues)
        return (json.finish(), sizes, issues)
    }

    mutating func write(_ content: OpenAPIFormContent) {
        var records: [String: [(name: String, value: String)]] = [:]
        json.beginObject()
        for name in content.names {
            let values = content.values[name] ?? []
            if let field = form.fields[name], !field.isSpread {
                write(field, values)
            } else if let (field, member) = owner(of: name) {
                for case .text(let text) in values {
                    guard let value = check.decode(text, field.parameter) else { continue }
                    records[field.parameter.name, default: []].append((member, value))
                }
            } else if let field = form.fields[name] {
                note(field, "malformed", "must be written as its style asks")
            } else {
                var field = form.others
                field.parameter.name = name
                if form.bases.contains(OpenAPIForm.base(name)) {
                    note(field, "repeated", "must not be written like a field that is declared")
                    continue
                }
                field.parameter.isPlain = form.isMultipart
                write(field, values)
            }
        }
        for field in form.spread {
            guard let record = records[field.parameter.name] else { continue }
            var object = JSONWriter()
            if OpenAPIText.write(record: record, as: field.parameter.shape, to: &object) {
                json.key(field.parameter.name)
                json.raw(object.finish())
            } else {
                note(field, "repeated", "must have each member once")
            }
        }
        json.endObject()
    }

    /// The field that a name is a member of: `filter[name]`, or `name` of one that is spread.
    private func owner(of name: String) -> (field: OpenAPIForm.Field, member: String)? {
        for field in form.spread {
            if field.parameter.style == .deepObject {
                if let inner = OpenAPIOperation.inner(name, of: field.parameter.name) {
                    return (field, inner)
                }
            } else if field.parameter.shape.members[name] != nil {
                return (field, name)
            }
        }
        return nil
    }

    private mutating func note(
        _ field: OpenAPIForm.Field, _ keyword: String, _ message: String
    ) {
        check.note("/" + field.parameter.name.pointerEscaped, keyword, message)
    }

    private mutating func write(_ field: OpenAPIForm.Field, _ values: [OpenAPIFormContent.Value]) {
        let shape = field.parameter.shape
        guard values.count == 1 || field.repeats else {
            return note(field, "repeated", "must be there once")
        }
        if field.hasStyle {
            let texts = values.compactMap { value in
                if case .text(let text) = value { text } else { nil }
            }
            var value = JSONWriter()
            guard texts.count == values.count, check.write(texts, field.parameter, to: &value)
            else { return note(field, "malformed", "must be written as its style asks") }
            json.key(field.parameter.name)
            return json.raw(value.finish())
        }
        json.key(field.parameter.name)
        guard shape.form == .list else { return write(values[0], field, shape.kinds) }
        // A list may come whole, as JSON.
        if values.count == 1, case .json(let bytes) = values[0], bytes.beginsArray,
            shape.elements.first?.form != .list
        {
            return json.raw(bytes)
        }
        json.beginArray()
        for value in values { write(value, field, shape.kinds) }
        json.endArray()
    }

    private mutating func write(
        _ value: OpenAPIFormContent.Value, _ field: OpenAPIForm.Field, _ kinds: SchemaKinds
    ) {
        switch value {
        case .json(let bytes): json.raw(bytes)
        case .bytes(let count):
            json.string("")
            sizes.append((json.bytes.count - 1, count))
        case .text(let text):
            guard let plain = check.decode(text, field.parameter) else {
                json.null()
                return note(field, "malformed", "must be well-formed")
            }
            OpenAPIText.write(plain, as: kinds, to: &json)
        }
    }
}

extension [UInt8] {
    fileprivate var beginsArray: Bool {
        first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "[")
    }
}
