import GatehouseCore

extension Kind where Value == Bool {
    /// `true` or `false`: the other words of YAML 1.1 are text here.
    static var bool: Kind {
        .scalar("`true` or `false`", write: { $0 ? "true" : "false" }) { text throws(Mismatch) in
            switch text {
            case "true": return true
            case "false": return false
            case "yes", "on", "Yes", "On", "YES", "ON", "y", "True", "TRUE", "1":
                throw Mismatch(suggestion: "write `true`")
            case "no", "off", "No", "Off", "NO", "OFF", "n", "False", "FALSE", "0":
                throw Mismatch(suggestion: "write `false`")
            default: throw Mismatch()
            }
        }
    }
}

extension Kind where Value == Int {
    /// A whole number in decimal within bounds.
    static func integer(_ range: ClosedRange<Int>) -> Kind {
        let name = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return .scalar(name, write: { String($0) }) { text throws(Mismatch) in
            guard let value = Int(decimal: text) else { throw Mismatch() }
            guard range.contains(value) else { throw Mismatch(problem: "out of range") }
            return value
        }
    }
}

extension Kind where Value == Int? {
    /// A number, or a word for "decide yourself".
    static func integer(_ range: ClosedRange<Int>, or word: String) -> Kind {
        let number = Kind<Int>.integer(range)
        return Kind(
            "`\(word)` or \(number.name)", write: { $0.map { String($0) } ?? word },
            read: { node, decoding in
                if case .scalar(word, _) = node.content { return .some(nil) }
                guard let value = number.read(node, &decoding) else { return nil }
                return .some(value)
            })
    }
}

extension Kind where Value == Duration {
    /// A number and a unit within bounds.
    static func duration(_ range: ClosedRange<Duration>) -> Kind {
        let low = DurationText.render(range.lowerBound)
        let high = DurationText.render(range.upperBound)
        return .scalar("a duration from \(low) to \(high)", write: DurationText.render) {
            text throws(Mismatch) in
            guard let value = DurationText.parse(text) else {
                throw Mismatch(suggestion: DurationText.hint(text))
            }
            guard range.contains(value) else { throw Mismatch(problem: "out of range") }
            return value
        }
    }
}

extension Kind where Value == ByteCount {
    /// A number and a binary unit within bounds.
    static func size(_ range: ClosedRange<ByteCount>) -> Kind {
        let name = "a size from \(range.lowerBound) to \(range.upperBound)"
        return .scalar(name, write: { $0.description }) { text throws(Mismatch) in
            try parseSize(text, in: range)
        }
    }

    /// A size per second: `1KiB` and `1KiB/s` are the same.
    static func rate(_ range: ClosedRange<ByteCount>) -> Kind {
        let name = "a rate from \(range.lowerBound)/s to \(range.upperBound)/s"
        return .scalar(name, write: { "\($0)/s" }) { text throws(Mismatch) in
            try parseSize(text.hasSuffix("/s") ? String(text.dropLast(2)) : text, in: range)
        }
    }

    private static func parseSize(
        _ text: String, in range: ClosedRange<ByteCount>
    ) throws(Mismatch) -> ByteCount {
        guard let value = SizeText.parse(text) else {
            throw Mismatch(suggestion: SizeText.hint(text))
        }
        guard range.contains(value) else { throw Mismatch(problem: "out of range") }
        return value
    }
}

extension Kind where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
    /// One of a closed set of words.
    static var choice: Kind {
        let words = Value.allCases.map(\.rawValue)
        return .scalar(words.oneOf, write: { $0.rawValue }) { text throws(Mismatch) in
            guard let value = Value(rawValue: text) else {
                throw Mismatch(suggestion: Nearest.match(text, in: words).map { "write `\($0)`" })
            }
            return value
        }
    }
}

extension [String] {
    /// "`a`, `b` or `c`".
    var oneOf: String {
        let quoted = map { "`\($0)`" }
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "nothing" }
        return quoted.dropLast().joined(separator: ", ") + " or " + last
    }
}
