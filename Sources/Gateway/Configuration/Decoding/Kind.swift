/// What a key's value may be: how to read it, how to write it in the documentation, and its name
/// there and in errors. Reading returns nil after it has noted why.
struct Kind<Value>: Sendable {
    /// Completes "expected …": `a duration from 1s to 5m`.
    let name: String
    let read: @Sendable (YAMLNode, inout Decoding) -> Value?
    let write: @Sendable (Value) -> String
    /// Keys of the mappings inside, for the documentation.
    var inner: SectionReference?
    /// Whether a value that is wrong must not be echoed: it may be a secret.
    var isSensitive = false
    /// Whether the value is a secret itself.
    var isSecret = false

    init(
        _ name: String, inner: SectionReference? = nil, isSensitive: Bool = false,
        write: @escaping @Sendable (Value) -> String,
        read: @escaping @Sendable (YAMLNode, inout Decoding) -> Value?
    ) {
        self.name = name
        self.inner = inner
        self.isSensitive = isSensitive
        self.write = write
        self.read = read
    }

    /// The same, absent when the key is.
    var optional: Kind<Value?> {
        var kind = Kind<Value?>(
            name, inner: inner, isSensitive: isSensitive,
            write: { value in value.map { self.write($0) } ?? "none" },
            read: { node, decoding in self.read(node, &decoding).map { .some($0) } })
        kind.isSecret = isSecret
        return kind
    }

}

/// Why a text is not a value of its kind.
struct Mismatch: Error {
    var problem = "invalid value"
    var suggestion: String?
}

extension Kind {
    /// A kind that one scalar's text decides.
    static func scalar(
        _ name: String, write: @escaping @Sendable (Value) -> String,
        parse: @escaping @Sendable (String) throws(Mismatch) -> Value
    ) -> Kind {
        Kind(name, write: write) { node, decoding in
            guard let text = node.value(name, &decoding) else { return nil }
            do throws(Mismatch) {
                return try parse(text)
            } catch {
                decoding.refuse(
                    node, error.problem, expected: name, suggestion: error.suggestion)
                return nil
            }
        }
    }
}

extension YAMLNode {
    /// The scalar's text, or nil after noting that it is none, is empty, or wants interpolation.
    func value(_ expected: String, _ decoding: inout Decoding) -> String? {
        guard case .scalar(let text, _) = content, !isNull else {
            decoding.refuse(
                self, "wrong kind of value",
                found: isNull ? "nothing" : quoted, expected: expected,
                suggestion: isNull ? "give the key a value or remove it" : nil)
            return nil
        }
        if text.contains("${") {
            decoding.refuse(
                self, "`${…}` is not replaced in this file", expected: expected,
                suggestion: "write the value itself; a secret takes `{ env: NAME }`")
            return nil
        }
        return text
    }
}
