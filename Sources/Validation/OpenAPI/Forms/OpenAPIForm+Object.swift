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
        var trees: [String: OpenAPITree] = [:]
        json.beginObject()
        for name in content.names {
            let values = content.values[name] ?? []
            if let field = form.fields[name], !field.isSpread {
                write(field, values)
            } else if let (field, path) = owner(of: name) {
                for case .text(let text) in values {
                    guard let value = check.decode(text, field.parameter) else { continue }
                    if field.parameter.style == .deepObject {
                        trees[field.parameter.name, default: OpenAPITree()].add(value, at: path)
                    } else {
                        records[field.parameter.name, default: []].append((name, value))
                    }
                }
            } else if let field = form.fields[name] {
                writePlain(field, values)
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
            let name = field.parameter.name
            var object = JSONWriter()
            let isRead: Bool
            if let tree = trees[name] {
                isRead = tree.write(as: field.parameter.shape, to: &object)
            } else if let record = records[name] {
                isRead = OpenAPIText.write(record: record, as: field.parameter.shape, to: &object)
            } else {
                continue
            }
            guard isRead, content.values[name] == nil else {
                note(field, "repeated", "must have each member once")
                continue
            }
            json.key(name)
            json.raw(object.finish())
        }
        json.endObject()
    }

    /// The field that a name is a part of, `filter[name]`, and where; or `name` of one that is
    /// spread.
    private func owner(of name: String) -> (field: OpenAPIForm.Field, path: [String])? {
        for field in form.spread {
            if field.parameter.style == .deepObject {
                if let path = OpenAPITree.path(of: name, under: field.parameter.name) {
                    return (field, path)
                }
            } else if field.parameter.shape.members[name] != nil {
                return (field, [name])
            }
        }
        return nil
    }

    private mutating func note(
        _ field: OpenAPIForm.Field, _ keyword: String, _ message: String
    ) {
        check.note("/" + field.parameter.name.pointerEscaped, keyword, message)
    }

    /// An object or text, where it came as text.
    private mutating func writePlain(
        _ field: OpenAPIForm.Field, _ values: [OpenAPIFormContent.Value]
    ) {
        guard field.parameter.style == .deepObject, field.parameter.shape.form == .scalar,
            values.count == 1, case .text(let text) = values[0],
            let plain = check.decode(text, field.parameter)
        else { return note(field, "malformed", "must be written as its style asks") }
        json.key(field.parameter.name)
        OpenAPIText.write(plain, as: field.parameter.shape.kinds, to: &json)
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
