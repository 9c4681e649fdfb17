import GatehouseCore

extension Kind where Value == String {
    /// Text on one line.
    static func text(_ name: String = "text", max: Int = 1_024) -> Kind {
        .scalar(name, write: { $0 }) { text throws(Mismatch) in
            guard !text.isEmpty else { throw Mismatch(problem: "an empty value") }
            guard text.utf8.count <= max else {
                throw Mismatch(problem: "longer than \(max) bytes")
            }
            guard text.unicodeScalars.allSatisfy(\.isDisplayable) else {
                throw Mismatch(problem: "more than one line")
            }
            return text
        }
    }

    /// A name that appears in logs, metrics and fields: short and plain.
    static func name(_ what: String = "a name of letters, digits, `-`, `_` and `.`") -> Kind {
        .scalar(what, write: { $0 }) { text throws(Mismatch) in
            guard text.isName else { throw Mismatch() }
            return text
        }
    }

    /// The name of a role or a permission: `admin`, `items:read`.
    static var grant: Kind {
        .scalar("a name without spaces", write: { $0 }) { text throws(Mismatch) in
            let isVisible = text.utf8.allSatisfy {
                $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C
            }
            guard !text.isEmpty, text.utf8.count <= 128, isVisible else { throw Mismatch() }
            return text
        }
    }

    /// A path, resolved against the configuration's folder; nothing is opened.
    static var path: Kind {
        Kind("a path", write: { $0 }) { node, decoding in
            guard let text = node.path(&decoding) else { return nil }
            return decoding.resolve(text)
        }
    }

    /// A file that must be readable now.
    static func file(_ name: String = "a file", bytesMax: Int = 1 << 20, isPrivate: Bool = false)
        -> Kind
    {
        Kind("\(name) that can be read", write: { $0 }) { node, decoding in
            guard let text = node.path(&decoding) else { return nil }
            let path = decoding.resolve(text)
            guard
                decoding.look(
                    at: path, node, name: name, bytesMax: bytesMax, isPrivate: isPrivate) != nil
            else { return nil }
            return path
        }
    }
}

extension YAMLNode {
    /// A path's text. What looks like a file's content is not echoed: it may be a key.
    func path(_ decoding: inout Decoding) -> String? {
        if isFileContent {
            decoding.hide(self)
            decoding.refuse(
                self, "a file's content where its path belongs", found: "\(shape), not shown",
                expected: "a path", suggestion: "put the content into a file and name the file here"
            )
            return nil
        }
        guard let text = value("a path", &decoding) else { return nil }
        guard !text.isEmpty, text.utf8.count <= 4_000 else {
            decoding.refuse(self, "invalid value", expected: "a path")
            return nil
        }
        return text
    }
}

extension YAMLNode {
    private var isFileContent: Bool {
        guard case .scalar(let text, _) = content else { return true }
        return text.contains("\n") || text.hasPrefix("{") || text.hasPrefix("-----")
    }
}

extension Decoding {
    /// The content of a file that a key names, or nil after noting why not.
    mutating func look(
        at path: String, _ node: YAMLNode, name: String, bytesMax: Int, isPrivate: Bool
    ) -> [UInt8]? {
        switch surroundings.file(path, bytesMax) {
        case .failure(let reason):
            refuse(
                node, "the file cannot be read", found: "`\(path.printable(max: 200))`: \(reason)",
                expected: "\(name) that can be read")
            return nil
        case .content(let content, let mode):
            if isPrivate, mode & 0o006 != 0 {
                refuse(
                    node, "a private file that others can read",
                    found:
                        "`\(path.printable(max: 200))` with mode \(String(mode & 0o777, radix: 8))",
                    expected: "a file that only its owner, or its group, can read",
                    suggestion: "chmod 600 \(path.printable(max: 200))")
                return nil
            }
            return content.dangerouslyRevealed
        }
    }
}

extension String {
    /// Letters, digits, `-`, `_`, `.`; at most 64.
    var isName: Bool {
        !isEmpty && utf8.count <= 64
            && utf8.allSatisfy {
                $0.isDigit || $0.asciiLowercased &- 0x61 < 26 || $0 == 0x2D || $0 == 0x5F
                    || $0 == 0x2E
            }
    }
}
