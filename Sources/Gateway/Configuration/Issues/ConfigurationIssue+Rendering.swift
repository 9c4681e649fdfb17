extension ConfigurationIssue {
    /// The finding in the form that compilers use: title, place, the line, a caret, then what was
    /// found, what is expected, and help.
    package func rendered(colored: Bool) -> String {
        let paint = Paint(isOn: colored)
        let digits = String(line)
        let margin = String(repeating: " ", count: max(digits.count, 1))
        var text = paint.bold(paint.severity(severity) + ": " + problem) + "\n"
        text += margin + paint.blue("--> ") + place + "\n"
        if let excerpt, line > 0 {
            let (shown, offset) = window(excerpt)
            let caret = String(repeating: "^", count: caretWidth(shown, offset))
            text += margin + paint.blue(" |") + "\n"
            text += paint.blue(digits + " | ") + shown + "\n"
            text += margin + paint.blue(" | ") + String(repeating: " ", count: offset)
            text += paint.severity(severity, caret) + "\n"
        }
        text += margin + paint.blue(" = ") + "found: " + found + "\n"
        text += margin + paint.blue(" = ") + "expected: " + expected + "\n"
        if let suggestion { text += margin + paint.blue(" = ") + "help: " + suggestion + "\n" }
        return text
    }

    private var place: String {
        var text = file
        if line > 0 { text += ":\(line):\(column)" }
        if !path.isEmpty { text += " (\(path))" }
        return text
    }

    /// At most 100 columns of the line, the caret's among them.
    private func window(_ excerpt: String) -> (shown: String, offset: Int) {
        let scalars = Array(excerpt.unicodeScalars)
        let offset = min(max(column - 1, 0), scalars.count)
        guard scalars.count > 100 else { return (excerpt, offset) }
        let first = max(0, min(offset - 40, scalars.count - 98))
        let last = min(scalars.count, first + 98)
        var shown = String(String.UnicodeScalarView(scalars[first..<last]))
        if last < scalars.count { shown += "…" }
        return first > 0 ? ("…" + shown, offset - first + 1) : (shown, offset)
    }

    private func caretWidth(_ shown: String, _ offset: Int) -> Int {
        max(1, min(width, shown.unicodeScalars.count - offset))
    }
}

/// Terminal colours, or nothing.
package struct Paint: Sendable {
    package let isOn: Bool

    package init(isOn: Bool) { self.isOn = isOn }

    package func bold(_ text: String) -> String { wrap("1", text) }
    package func blue(_ text: String) -> String { wrap("1;34", text) }
    package func dim(_ text: String) -> String { wrap("2", text) }
    package func green(_ text: String) -> String { wrap("32", text) }

    /// `text`, or the severity's name, in the severity's colour.
    package func severity(_ severity: ConfigurationIssue.Severity, _ text: String? = nil) -> String
    {
        let text = text ?? severity.rawValue
        return switch severity {
        case .error: wrap("1;31", text)
        case .warning: wrap("1;33", text)
        case .note: wrap("1;36", text)
        }
    }

    private func wrap(_ code: String, _ text: String) -> String {
        isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
