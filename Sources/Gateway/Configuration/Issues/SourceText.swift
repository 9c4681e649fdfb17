/// The lines of a configuration file, as far as they may be shown.
struct SourceText: Sendable {
    let name: String
    private let lines: [String]
    /// Where secrets stand, or what might be one.
    private var hidden: [TextSpan] = []

    init(name: String, bytes: [UInt8]) {
        self.name = name
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        var lines: [String] = []
        var line: [UInt8] = []
        var previous: UInt8 = 0
        for byte in bytes.prefix(YAMLLimit.bytesMax).dropFirst(hasMark ? 3 : 0) {
            if byte == 0x0A, previous == 0x0D {
                previous = byte
                continue
            }
            previous = byte
            if byte == 0x0A || byte == 0x0D {
                lines.append(String(decoding: line, as: UTF8.self))
                line.removeAll(keepingCapacity: true)
            } else {
                line.append(byte)
            }
        }
        if !line.isEmpty { lines.append(String(decoding: line, as: UTF8.self)) }
        self.lines = lines
    }

    /// Never shows what stands in `span`.
    mutating func hide(_ span: TextSpan) { hidden.append(span) }

    /// Hides the values of all keys that look like holding a secret, wherever they stand.
    mutating func hideSecrets(in node: YAMLNode) {
        switch node.content {
        case .scalar(let text, _): if text.holdsPassword { hide(node.span) }
        case .sequence(let elements): for element in elements { hideSecrets(in: element) }
        case .mapping(let entries):
            for entry in entries {
                let isSection = entry.key == "tokens" && entry.value.shape == "a mapping"
                if entry.key.looksSecret, !isSection { hideScalars(in: entry.value) }
                hideSecrets(in: entry.value)
            }
        }
    }

    private mutating func hideScalars(in node: YAMLNode) {
        switch node.content {
        case .scalar("true", _), .scalar("false", _): return
        case .scalar: hide(node.span)
        case .sequence(let elements): for element in elements { hideScalars(in: element) }
        case .mapping(let entries):
            // Where a secret is may be shown, as long as it is that: a path, a variable's name.
            for entry in entries where entry.key != "file" {
                if entry.key == "env", case .scalar(let text, _) = entry.value.content,
                    text.isVariableName
                {
                    continue
                }
                hideScalars(in: entry.value)
            }
        }
    }

    /// A line with secrets masked and tabs as spaces, or nil if there is none.
    func excerpt(_ number: Int) -> String? {
        guard number >= 1, number <= lines.count else { return nil }
        var scalars = lines[number - 1].unicodeScalars.map { scalar -> Unicode.Scalar in
            scalar == "\t" ? " " : scalar.isDisplayable ? scalar : "\u{FFFD}"
        }
        for span in hidden where span.start.line <= number && span.end.line >= number {
            let first = span.start.line == number ? span.start.column - 1 : 0
            let last = span.end.line == number ? span.end.column - 1 : scalars.count
            for index in max(first, 0)..<max(min(last, scalars.count), max(first, 0)) {
                scalars[index] = "*"
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// A line of a text that did not parse, so that no tree says what is a secret: whatever follows
    /// a key that looks like one is masked, on its line and on lines indented below it.
    func guardedExcerpt(_ number: Int) -> String? {
        guard let text = excerpt(number) else { return nil }
        if isBelowSecret(number) || text.holdsPassword { return text.masked(after: 0) }
        let scalars = Array(text.unicodeScalars)
        for (index, scalar) in scalars.enumerated() where scalar == ":" {
            let name = scalars[..<index].reversed().prefix { $0.isNamePart }.reversed()
            if String(String.UnicodeScalarView(name)).looksSecret {
                return text.masked(after: index + 1)
            }
        }
        return text
    }

    /// YAML wants spaces, and its parser's words for a tab do not say so.
    func tabHint(_ number: Int) -> String? {
        guard number >= 1, number <= lines.count else { return nil }
        let indentation = lines[number - 1].unicodeScalars.prefix { $0 == " " || $0 == "\t" }
        return indentation.contains("\t") ? "indent with spaces: YAML does not take tabs" : nil
    }

    private func isBelowSecret(_ number: Int) -> Bool {
        var indentation = lines[number - 1].indentation
        var above = number - 1
        while above >= 1, number - above <= 200 {
            let line = lines[above - 1]
            if line.indentation < indentation, line.contains(where: { $0 != " " }) {
                if line.split(separator: ":").contains(where: { String($0).lastName.looksSecret }) {
                    return true
                }
                indentation = line.indentation
            }
            above -= 1
        }
        return false
    }
}

extension String {
    /// Whether a key of this name may hold a secret; a slip in the spelling still counts.
    var looksSecret: Bool {
        let name = lowercased()
        let words = [
            "secret", "passw", "token", "private", "credential", "apikey", "api-key", "api_key",
        ]
        return words.contains { name.contains($0) } || Nearest.distance(name, "secret") <= 2
    }

    fileprivate var indentation: Int { unicodeScalars.prefix { $0 == " " || $0 == "\t" }.count }

    fileprivate var lastName: String {
        let trimmed = unicodeScalars.reversed().drop { !$0.isNamePart }
        return String(String.UnicodeScalarView(trimmed.prefix { $0.isNamePart }.reversed()))
    }

    fileprivate func masked(after index: Int) -> String {
        var result = String.UnicodeScalarView()
        for (position, scalar) in unicodeScalars.enumerated() {
            result.append(position < index || scalar == " " ? scalar : "*")
        }
        return String(result)
    }
}

extension Unicode.Scalar {
    fileprivate var isNamePart: Bool {
        switch self {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
        default: false
        }
    }
}
