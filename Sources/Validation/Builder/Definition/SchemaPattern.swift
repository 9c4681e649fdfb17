import GatehouseCore

/// A pattern that is compiled when the schema is built, so that a bad one stops the start.
struct SchemaPattern: Sendable {
    let source: String
    let options: PatternOptions
    /// Replaces every occurrence, not just the first.
    var isGlobal = false
    private let pattern: Pattern

    init(_ source: String, options: PatternOptions = []) throws(PatternError) {
        self.source = source
        self.options = options
        pattern = try Pattern(source, options: options)
    }

    /// Whether looking for it can cost more than its subject is long.
    var isSuperLinear: Bool { pattern.isSuperLinear }

    /// Whether it matches; what is too expensive to find out does not.
    func matches(_ text: RawSpan) -> Bool { pattern.matches(text) == .matches }

    /// Whether it is known not to match; what is too expensive to find out is not known.
    func differs(_ text: RawSpan) -> Bool { pattern.matches(text) == .differs }

    /// What its groups found, the whole first; nil if it does not match.
    func groups(in text: SchemaText) -> [SchemaText]? {
        pattern.search(text.utf8.raw, from: 0).map { places in
            places.map { SchemaText(utf8: $0.map { Array(text.utf8[$0]) } ?? []) }
        }
    }

    /// Most replacements in one text.
    private static let replacementsMax = 10_000

    /// The text with what the pattern finds replaced.
    func replacing(in text: SchemaText, with replacement: SchemaText) -> SchemaText {
        var output: [UInt8] = []
        var copied = 0
        var start = 0
        for _ in 0..<(isGlobal ? Self.replacementsMax : 1) where start <= text.utf8.count {
            guard let place = pattern.search(text.utf8.raw, from: start)?.first ?? nil else {
                break
            }
            output += text.utf8[copied..<place.lowerBound]
            output += replacement.utf8
            copied = place.upperBound
            start = place.isEmpty ? text.utf8.raw.endOfScalar(at: copied) : copied
        }
        output += text.utf8[copied...]
        return SchemaText(utf8: output)
    }
}

extension RawSpan {
    /// The place behind the scalar at `index`.
    fileprivate func endOfScalar(at index: Int) -> Int {
        index < byteCount ? index + max(scalarLength(at: index), 1) : index + 1
    }
}

extension SchemaDefinition.Replacement {
    func apply(to text: SchemaText) -> SchemaText {
        pattern.replacing(in: text, with: replacement)
    }
}
