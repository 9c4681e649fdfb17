/// A place in a text: line and column count from 1, columns in Unicode scalars.
package struct TextPosition: Hashable, Comparable, Sendable {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// From a position up to, not including, another.
package struct TextSpan: Hashable, Sendable {
    package var start: TextPosition
    package var end: TextPosition

    package init(start: TextPosition, end: TextPosition) {
        self.start = start
        self.end = end
    }
}

/// One value of a YAML document and where it stands. Nothing is typed here: the schema decides what
/// a scalar means, so `no`, `on` and `1e3` stay the text that they are.
struct YAMLNode: Sendable {
    enum Content: Sendable {
        /// A scalar's text; plain means unquoted.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([Entry])
    }

    struct Entry: Sendable {
        let key: String
        let keySpan: TextSpan
        let value: YAMLNode
    }

    let content: Content
    let span: TextSpan

    /// A plain `null`, `~` or empty place.
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return text.isEmpty || text == "~" || text == "null"
    }

    /// How an error names the value, without quoting it.
    var shape: String {
        switch content {
        case .scalar(let text, let isPlain): text.isEmpty && isPlain ? "nothing" : "a single value"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    /// How an error quotes the value: short, on one line, harmless on a terminal.
    var quoted: String {
        guard case .scalar(let text, let isPlain) = content, !(text.isEmpty && isPlain) else {
            return shape
        }
        if text.holdsPassword { return "an address with a password, not shown" }
        return "`\(text.printable(max: 60))`"
    }
}

extension String {
    /// The text cut at `max` scalars, with everything that could move a cursor or reorder a line
    /// written as `\u{…}`: a value from a file may hold terminal escape sequences.
    package func printable(max: Int) -> String {
        var result = ""
        for scalar in unicodeScalars.prefix(max) {
            if scalar.isDisplayable {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return unicodeScalars.count > max ? result + "…" : result
    }
}

extension String {
    /// Whether it may be an address with user and password (RFC 3986 section 3.2.1).
    var holdsPassword: Bool {
        guard let rest = schemeAndRest?.rest else { return false }
        return rest.contains("@")
    }
}

extension Unicode.Scalar {
    /// Whether it may appear in a configuration file and on a terminal as it is. Controls, line
    /// separators, byte order marks and bidirectional overrides (which can make a line read
    /// differently from what it says) may not.
    var isDisplayable: Bool {
        switch value {
        case 0...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFFE, 0xFFFF: false
        default: true
        }
    }
}
