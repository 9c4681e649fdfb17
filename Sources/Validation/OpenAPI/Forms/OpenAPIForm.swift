/// How the fields of a form, or its parts, become the members of one object: what is judged then is
/// JSON alone.
struct OpenAPIForm: Sendable {
    /// One member that the schema names.
    struct Field: Sendable {
        /// What its content is.
        enum Content: Sendable {
            /// Text, or JSON where its media type says so.
            case judged
            /// Bytes, of which the length is judged.
            case bytes
            /// Something that no schema can be applied to, such as XML.
            case opaque
        }

        var parameter: OpenAPIParameter
        var content = Content.judged
        /// Media types that a part may have; empty for all.
        var types: [OpenAPIMediaRange] = []
        /// Whether a style was named, so that media types do not count.
        var hasStyle = false
        /// Headers of a part.
        var headers: [OpenAPIParameter] = []
        /// For JSON where other media types are opaque: blocks of the shared program.
        var blocks: [Int32] = []

        /// Whether text without a media type is JSON: objects have no other form.
        var isStructured: Bool {
            if hasStyle { return false }
            if parameter.isJSON || parameter.shape.form == .record { return true }
            return parameter.shape.elements.first.map { $0.form != .scalar } ?? false
        }

        /// Whether it may be there several times.
        var repeats: Bool {
            parameter.shape.form == .list
                && (!hasStyle || parameter.style == .form && parameter.explodes)
        }

        /// Whether its members are fields of their own: `filter[name]`, or `name`.
        var isSpread: Bool {
            hasStyle
                && (parameter.style == .deepObject
                    || parameter.shape.form == .record && parameter.explodes)
        }
    }

    var isMultipart: Bool
    var fields: [String: Field] = [:]
    /// Names of fields in lower case, before any bracket.
    var bases: Set<String> = []
    /// Fields whose members are fields of their own.
    var spread: [Field] = []
    /// What members that are not named are.
    var others: Field
    /// Which of the programs for parts, and the block in it.
    var program = 0
    var block: Int32

    /// What readers that know no case, or take brackets for a list, make of a name.
    static func base(_ name: String) -> String {
        name.prefix { $0 != "[" }.lowercased()
    }

    /// Names, in lower case, that headers of parts may have.
    var headerNames: Set<String> {
        Set(fields.values.flatMap { $0.headers.map(\.name) })
    }

    /// Names of fields that may be there several times.
    var repeatable: Set<String> {
        Set(fields.values.filter(\.repeats).map(\.parameter.name))
    }
}

/// What came in a form, by name.
struct OpenAPIFormContent {
    /// One value.
    enum Value {
        /// Text, as it came.
        case text(String)
        /// A JSON text that was read before.
        case json([UInt8])
        /// So many bytes.
        case bytes(Int)
    }

    private(set) var names: [String] = []
    private(set) var values: [String: [Value]] = [:]

    mutating func add(_ value: Value, named name: String) {
        if values[name] == nil { names.append(name) }
        values[name, default: []].append(value)
    }
}
