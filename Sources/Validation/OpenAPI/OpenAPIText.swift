import GatehouseCore

/// Turns the text of parameters into JSON, by their shape: what is then checked is JSON alone.
enum OpenAPIText {
    /// Writes one text as the kind that it can be; as a string if none fits, so that the schema
    /// says what is wrong.
    static func write(_ text: String, as kinds: SchemaKinds, to json: inout JSONWriter) {
        if kinds.contains(.integer) || kinds.contains(.number), isNumber(text) {
            json.raw(Array(text.utf8))
        } else if !kinds.isDisjoint(with: .boolean), text == "true" || text == "false" {
            json.bool(text == "true")
        } else if kinds.contains(.null), !kinds.contains(.string), text.isEmpty {
            json.null()
        } else {
            json.string(text)
        }
    }

    /// Digits of a number that are read at most.
    private static let digitsMax = 256

    /// The grammar of RFC 8259: no plus sign, no leading zeros, no white space, no hexadecimal.
    private static func isNumber(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count <= digitsMax else { return false }
        var cursor = TextCursor(bytes.raw)
        _ = cursor.take("-")
        if !cursor.take("0"), !cursor.skipDigits() { return false }
        if cursor.take("."), !cursor.skipDigits() { return false }
        if cursor.takeLetter("e") {
            if !cursor.take("+") { _ = cursor.take("-") }
            guard cursor.skipDigits() else { return false }
        }
        return cursor.isAtEnd
    }

    /// Writes a list of texts.
    static func write(list: [String], as kinds: SchemaKinds, to json: inout JSONWriter) {
        json.beginArray()
        for text in list { write(text, as: kinds, to: &json) }
        json.endArray()
    }

    /// Writes named texts as an object; false if a name is there twice that is no list.
    static func write(
        record: [(name: String, value: String)], as shape: OpenAPIShape,
        to json: inout JSONWriter
    ) -> Bool {
        var order: [String] = []
        var values: [String: [String]] = [:]
        for (name, value) in record {
            if values[name] == nil { order.append(name) }
            values[name, default: []].append(value)
        }
        json.beginObject()
        for name in order {
            let texts = values[name] ?? []
            let member = shape.members[name] ?? OpenAPIShape(kinds: shape.kinds)
            json.key(name)
            if member.form == .list {
                write(list: texts, as: member.kinds, to: &json)
            } else {
                guard texts.count == 1 else { return false }
                write(texts[0], as: member.kinds, to: &json)
            }
        }
        json.endObject()
        return true
    }
}

/// The pairs of a query or a form, in order.
struct OpenAPIPairs {
    /// A name, decoded, and its value as it came.
    struct Pair {
        var name: String
        var value: Substring
    }

    private(set) var pairs: [Pair] = []

    /// Nil if there are too many, an escape is broken, the text is no UTF-8, or a semicolon stands
    /// in it, which some servers read as an ampersand.
    init?(_ text: Substring, max: Int) {
        guard !text.utf8.contains(UInt8(ascii: ";")) else { return nil }
        for part in text.split(separator: "&") {
            guard pairs.count < max else { return nil }
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(sides[0]),
                sides.count < 2 || Self.decode(sides[1]) != nil
            else { return nil }
            pairs.append(Pair(name: name, value: sides.count < 2 ? "" : sides[1]))
        }
    }

    /// Form encoding: plus signs are spaces.
    static func decode(_ text: Substring) -> String? {
        String(text.replacing("+", with: " ")).percentDecoded
    }
}
