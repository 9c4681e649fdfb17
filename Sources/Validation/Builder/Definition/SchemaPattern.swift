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
        pattern.places(in: text.utf8.raw, most: 1).first.map { texts(of: $0, in: text) }
    }

    private func texts(of groups: [Range<Int>?], in text: SchemaText) -> [SchemaText] {
        groups.map { SchemaText(utf8: $0.map { Array(text.utf8[$0]) } ?? []) }
    }

    /// Most replacements in one text.
    private static let replacementsMax = 10_000

    /// The text with what the pattern finds replaced.
    func replacing(in text: SchemaText, with replacement: SchemaText) -> SchemaText {
        var output: [UInt8] = []
        var copied = 0
        let most = isGlobal ? Self.replacementsMax : 1
        for groups in pattern.places(in: text.utf8.raw, most: most) {
            guard let place = groups.first ?? nil else { break }
            output += text.utf8[copied..<place.lowerBound]
            Self.append(replacement, texts(of: groups, in: text), to: &output)
            copied = place.upperBound
        }
        output += text.utf8[copied...]
        return SchemaText(utf8: output)
    }

    /// `$1` to `$9` and `$&` stand for what was found, `$$` for a dollar, as in ECMAScript.
    private static func append(
        _ replacement: SchemaText, _ groups: [SchemaText], to output: inout [UInt8]
    ) {
        var index = 0
        let utf8 = replacement.utf8
        while index < utf8.count {
            let next = index + 1 < utf8.count ? utf8[index + 1] : 0
            if utf8[index] == UInt8(ascii: "$"), next == UInt8(ascii: "$") {
                output.append(next)
                index += 2
            } else if utf8[index] == UInt8(ascii: "$"), next == UInt8(ascii: "&") {
                output += groups.first?.utf8 ?? []
                index += 2
            } else if utf8[index] == UInt8(ascii: "$"), next.isDigit, next != 0x30,
                groups.indices.contains(Int(next) - 0x30)
            {
                output += groups[Int(next) - 0x30].utf8
                index += 2
            } else {
                output.append(utf8[index])
                index += 1
            }
        }
    }
}

extension SchemaDefinition.Replacement {
    func apply(to text: SchemaText) -> SchemaText {
        pattern.replacing(in: text, with: replacement)
    }
}
