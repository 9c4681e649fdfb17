/// Writes a pattern in the engine's syntax, so that it means there what ECMA-262 says.
struct PatternWriter {
    private(set) var text = ""
    let options: PatternOptions

    init(options: PatternOptions) { self.options = options }

    /// White space of ECMA-262: tab to carriage return, Zs, BOM, the two separators.
    private static let space = "\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{feff}\\x{2028}\\x{2029}\\p{Zs}"
    private static let lineEnd = "\\x{a}\\x{d}\\x{2028}\\x{2029}"
    /// Matches nothing.
    private static let never = "(?!)"

    mutating func write(_ node: PatternNode) {
        switch node {
        case .empty: break
        case .literal(let scalar):
            text += Self.isSurrogate(scalar) ? Self.never : Self.escape(scalar)
        case .any: text += options.contains(.dotMatchesLineEnds) ? "(?s:.)" : "[^\(Self.lineEnd)]"
        case .set(let set): write(set)
        case .assertion(let assertion): write(assertion)
        case .group(let inner, let isCapturing):
            text += isCapturing ? "(" : "(?:"
            write(inner)
            text += ")"
        case .look(let inner, let isBehind, let isNegative):
            text += (isBehind ? "(?<" : "(?") + (isNegative ? "!" : "=")
            write(inner)
            text += ")"
        case .reference(let number): text += "\\g{\(number)}"
        case .sequence(let nodes): for node in nodes { write(node) }
        case .alternatives(let nodes):
            for (index, node) in nodes.enumerated() {
                if index > 0 { text += "|" }
                write(node)
            }
        case .repeated(let inner, let min, let max, let isLazy):
            write(inner)
            writeQuantifier(min, max)
            if isLazy { text += "?" }
        }
    }

    private mutating func writeQuantifier(_ min: Int, _ max: Int?) {
        switch (min, max) {
        case (0, nil): text += "*"
        case (1, nil): text += "+"
        case (0, 1): text += "?"
        case (_, nil): text += "{\(min),}"
        case (_, let max?): text += "{\(min),\(max)}"
        }
    }

    private mutating func write(_ assertion: PatternAssertion) {
        let isMultiline = options.contains(.multiline)
        switch assertion {
        case .start: text += isMultiline ? "(?:\\A|(?<=[\(Self.lineEnd)]))" : "\\A"
        case .end: text += isMultiline ? "(?=[\(Self.lineEnd)]|\\z)" : "\\z"
        case .wordBoundary: text += "\\b"
        case .notWordBoundary: text += "\\B"
        }
    }

    /// The engine's classes hold no `\S`: what is to match it stands beside the class.
    private mutating func write(_ set: PatternClass) {
        var inside = ""
        var hasNotSpace = false
        for item in set.items {
            switch item {
            case .range(let low, let high): inside += Self.range(low, high)
            case .digit(let isNegated): inside += isNegated ? "\\D" : "\\d"
            case .word(let isNegated): inside += isNegated ? "\\W" : "\\w"
            case .space(let isNegated):
                if isNegated { hasNotSpace = true } else { inside += Self.space }
            case .property(let property, let isNegated):
                inside += (isNegated ? "\\P{" : "\\p{") + property.name + "}"
            }
        }
        switch (set.isNegated, inside.isEmpty, hasNotSpace) {
        case (false, true, true): text += "[^\(Self.space)]"
        case (false, true, false): text += "(?:\(Self.never))"
        case (false, false, false): text += "[\(inside)]"
        case (false, false, true): text += "(?:[\(inside)]|[^\(Self.space)])"
        case (true, true, true): text += "[\(Self.space)]"
        case (true, true, false): text += "(?s:.)"
        case (true, false, false): text += "[^\(inside)]"
        case (true, false, true): text += "(?:(?=[\(Self.space)])[^\(inside)])"
        }
    }

    /// A range without the surrogates, which no text holds.
    private static func range(_ low: UInt32, _ high: UInt32) -> String {
        if low == high { return isSurrogate(low) ? "" : escape(low) }
        var text = ""
        if low < 0xD800 { text += escape(low) + "-" + escape(min(high, 0xD7FF)) }
        if high > 0xDFFF { text += escape(max(low, 0xE000)) + "-" + escape(high) }
        return text
    }

    private static func isSurrogate(_ scalar: UInt32) -> Bool { scalar >> 11 == 0x1B }

    private static func escape(_ scalar: UInt32) -> String {
        if let byte = UInt8(exactly: scalar), byte.isWordByte {
            return String(Unicode.Scalar(byte))
        }
        return "\\x{" + String(scalar, radix: 16) + "}"
    }
}
