import GatehouseCore

extension YAMLNode {
    /// The node as JSON, by YAML 1.2's core schema: plain `null`, `true`, `false` and numbers are
    /// what they look like, everything quoted is text.
    func json() -> [UInt8] {
        var json = JSONWriter()
        write(to: &json)
        return json.finish()
    }

    private func write(to json: inout JSONWriter) {
        switch content {
        case .scalar(let text, let isPlain):
            if isPlain, Self.isLiteral(text) {
                json.raw(Array(Self.literal(text).utf8))
            } else {
                json.string(text)
            }
        case .sequence(let nodes):
            json.beginArray()
            for node in nodes { node.write(to: &json) }
            json.endArray()
        case .mapping(let entries):
            json.beginObject()
            for entry in entries {
                json.key(entry.key)
                entry.value.write(to: &json)
            }
            json.endObject()
        }
    }

    private static func isLiteral(_ text: String) -> Bool {
        switch text {
        case "", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE":
            true
        default: isNumber(text)
        }
    }

    private static func literal(_ text: String) -> String {
        switch text {
        case "", "~", "null", "Null", "NULL": "null"
        case "true", "True", "TRUE": "true"
        case "false", "False", "FALSE": "false"
        default: text
        }
    }

    /// A number as JSON writes it too (RFC 8259 section 6); other spellings stay text.
    private static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text)
        if rest.first == "-" { rest = rest.dropFirst() }
        let whole = rest.prefix { $0.isASCII && $0.isNumber }
        guard !whole.isEmpty, whole == "0" || whole.first != "0" else { return false }
        rest = rest.dropFirst(whole.count)
        if rest.first == "." {
            let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            guard !digits.isEmpty else { return false }
            rest = rest.dropFirst(digits.count + 1)
        }
        if rest.first == "e" || rest.first == "E" {
            rest = rest.dropFirst()
            if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard !digits.isEmpty else { return false }
            rest = rest.dropFirst(digits.count)
        }
        return rest.isEmpty
    }
}
