/// What issues say to people: a text per code and language. `{label}` becomes the field's label or
/// name in the schema, `{expected}` the bound or choice. No text ever holds the value.
public struct SchemaMessages: Sendable {
    private var texts: [String: [String: String]] = ["en": Self.english]
    /// The language when none is asked for, or the asked one lacks a text. Default `en`.
    public var defaultLanguage = "en"

    /// English.
    public init() {}

    /// Adds or replaces texts of a language (a BCP 47 tag) by code: `"string.min": "{label} ist zu
    /// kurz"`.
    public mutating func add(_ texts: [String: String], language: String) {
        self.texts[language.lowercased(), default: [:]].merge(texts) { _, new in new }
    }

    /// The same catalogue with more texts.
    public func adding(_ texts: [String: String], language: String) -> SchemaMessages {
        var copy = self
        copy.add(texts, language: language)
        return copy
    }

    /// Codes that a language has no text for.
    public func codesMissing(in language: String) -> [String] {
        let known = texts[language.lowercased()] ?? [:]
        return Self.english.keys.filter { known[$0] == nil }.sorted()
    }

    func issue(_ report: SchemaReport, language: String?) -> ValidationIssue {
        let template =
            report.message ?? text(report.code, language) ?? "{label} is not valid"
        let message = Self.fill(
            template, label: report.label ?? "value", expected: report.expected ?? "")
        return ValidationIssue(
            pointer: report.pointer, keyword: report.code, message: message,
            expected: report.expected)
    }

    /// `de-AT` falls back to `de`, then to the default.
    private func text(_ code: String, _ language: String?) -> String? {
        if let language = language?.lowercased() {
            if let text = texts[language]?[code] { return text }
            let primary = language.prefix { $0 != "-" }
            if let text = texts[String(primary)]?[code] { return text }
        }
        return texts[defaultLanguage.lowercased()]?[code] ?? Self.english[code]
    }

    /// One pass, so that a label that looks like a placeholder stays what it is.
    private static func fill(_ template: String, label: String, expected: String) -> String {
        var output = ""
        var rest = Substring(template)
        while let open = rest.firstIndex(of: "{") {
            output += rest[..<open]
            rest = rest[open...]
            if rest.hasPrefix("{label}") {
                output += label
                rest = rest.dropFirst(7)
            } else if rest.hasPrefix("{expected}") {
                output += expected
                rest = rest.dropFirst(10)
            } else {
                output += "{"
                rest = rest.dropFirst()
            }
        }
        return output + rest
    }
}
