import GatehouseCore

extension Kind where Value == Redacted<[UInt8]> {
    private struct Reference {
        var variable: String?
        var file: String?
    }

    /// A secret that stands elsewhere: in the environment or in a file. A literal is refused, since
    /// configuration files are copied, committed and shown.
    static func secret(bytesMin: Int) -> Kind {
        let name = "`{ env: NAME }` or `{ file: PATH }` with at least \(bytesMin) bytes"
        let section = Section<Reference>(
            "a secret", Reference(),
            [
                Field("env", \.variable, Kind<String>.variable.optional, "A variable."),
                Field("file", \.file, Kind<String>.path.optional, "A file."),
            ])
        var kind = Kind(name, isSensitive: true, write: { _ in "none" }) { node, decoding in
            guard case .mapping(let entries) = node.content else {
                decoding.hide(node)
                decoding.refuse(
                    node, "a secret in the configuration file",
                    found: node.isNull ? "nothing" : "\(node.shape), not shown", expected: name,
                    suggestion:
                        "configuration files are copied and committed: keep the secret apart")
                return nil
            }
            guard let reference = section.read(node, &decoding) else { return nil }
            let bytes = resolve(reference, node, entries.count, name, &decoding)
            guard let bytes else { return nil }
            guard bytes.count >= bytesMin else {
                decoding.refuse(
                    node, "the secret is too short", found: "\(bytes.count) bytes",
                    expected: "at least \(bytesMin) bytes (RFC 7518 section 3.2)",
                    suggestion: "make one with `openssl rand -hex 32`")
                return nil
            }
            return Redacted(bytes)
        }
        kind.isSecret = true
        return kind
    }

    private static func resolve(
        _ reference: Reference, _ node: YAMLNode, _ count: Int, _ name: String,
        _ decoding: inout Decoding
    ) -> [UInt8]? {
        if count == 1, let variable = reference.variable {
            guard let value = decoding.surroundings.environment(variable) else {
                decoding.refuse(
                    node, "the secret is not there",
                    found: "no environment variable `\(variable)`", expected: name)
                return nil
            }
            return value
        }
        if count == 1, let path = reference.file {
            let content = decoding.look(
                at: path, node, name: "a file with the secret", bytesMax: 64 << 10, isPrivate: true)
            return content.map { $0.withoutFinalNewline }
        }
        // A key that was wrong has been noted already.
        if reference.variable != nil || reference.file != nil || count == 0 {
            decoding.refuse(
                node, "one place for the secret", found: "\(count) keys", expected: name)
        }
        return nil
    }
}

extension Kind where Value == String {
    /// The name of an environment variable.
    static var variable: Kind {
        let name = "the name of an environment variable, in capitals"
        return Kind(name, isSensitive: true, write: { $0 }) { node, decoding in
            guard case .scalar(let text, _) = node.content, text.isVariableName else {
                decoding.hide(node)
                decoding.refuse(
                    node, "invalid value", found: "something else, not shown", expected: name)
                return nil
            }
            return text
        }
    }
}

extension String {
    /// Capitals, digits and `_`: the usual form, and one that few secrets have by accident.
    var isVariableName: Bool {
        !isEmpty && utf8.count <= 128 && !(utf8.first ?? 0).isDigit
            && utf8.allSatisfy { $0.isDigit || $0 &- 0x41 < 26 || $0 == 0x5F }
    }
}

extension [UInt8] {
    /// Editors and `echo` end a file with a newline that is no part of the secret.
    var withoutFinalNewline: [UInt8] {
        guard last == 0x0A else { return self }
        return Array(dropLast(dropLast().last == 0x0D ? 2 : 1))
    }
}
