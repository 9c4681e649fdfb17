import GatehouseCore

extension Int {
    /// A number of ASCII digits alone: no sign, no space, no underscore.
    init?(decimal text: String) {
        guard !text.isEmpty, text.utf8.count <= 18, text.utf8.allSatisfy(\.isDigit) else {
            return nil
        }
        self.init(text)
    }
}

/// Durations as text: a whole number and a unit, `500ms`, `10s`, `5m`, `1h`, `7d`.
enum DurationText {
    private static let units: [(name: String, milliseconds: Int)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard let count = Int(decimal: String(digits)),
            let scale = units.first(where: { $0.name == unit })?.milliseconds
        else { return nil }
        let (total, overflow) = count.multipliedReportingOverflow(by: scale)
        return overflow ? nil : .milliseconds(total)
    }

    /// The shortest exact form.
    static func render(_ duration: Duration) -> String {
        let milliseconds = Int(duration.nanoseconds / 1_000_000)
        guard milliseconds > 0 else { return "\(milliseconds)s" }
        let unit = units.first { milliseconds % $0.milliseconds == 0 } ?? ("ms", 1)
        return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }

    static func hint(_ text: String) -> String {
        if Int(decimal: text) != nil { return "add the unit: `\(text)s` or `\(text)ms`" }
        return "write a whole number and a unit: `500ms`, `10s`, `5m`, `1h` or `7d`"
    }
}

/// Sizes as text: a whole number and a binary unit, `100B`, `16KiB`, `1MiB`, `1GiB`.
enum SizeText {
    private static let units: [(name: String, shift: Int)] = [
        ("GiB", 30), ("MiB", 20), ("KiB", 10), ("B", 0),
    ]

    static func parse(_ text: String) -> ByteCount? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard let count = Int(decimal: String(digits)),
            let shift = units.first(where: { $0.name == unit })?.shift
        else { return nil }
        let (total, overflow) = count.multipliedReportingOverflow(by: 1 << shift)
        return overflow ? nil : .bytes(total)
    }

    /// `KB` means 1,000 to some and 1,024 to others, so that neither is guessed.
    static func hint(_ text: String) -> String {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).lowercased()
        guard Int(decimal: String(digits)) != nil else {
            return "write a whole number and a unit: `100B`, `16KiB`, `1MiB` or `1GiB`"
        }
        switch unit {
        case "": return "add the unit: `\(digits)B` or `\(digits)KiB`"
        case "k", "kb", "kib": return "write `\(digits)KiB` (1,024 bytes each)"
        case "m", "mb", "mib": return "write `\(digits)MiB` (1,048,576 bytes each)"
        case "g", "gb", "gib": return "write `\(digits)GiB`"
        default: return "units are `B`, `KiB`, `MiB` and `GiB`"
        }
    }
}
