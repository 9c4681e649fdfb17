import GatehouseCore

/// A Unicode property by a name of ECMA-262, and the engine's name for it.
struct PatternProperty {
    /// The inside of the engine's `\p{…}`.
    let name: String
    /// Whether the engine's property is the opposite of what was asked for.
    let isInverted: Bool
    /// The general category, or its first letter; nil for other properties.
    let category: String?

    /// `L`, `Letter`, `gc=L`, `Script=Greek`, `scx=Greek`, `Alphabetic`.
    init?(_ text: String) {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        guard parts.allSatisfy(Self.isWord) else { return nil }
        switch parts.count {
        case 1: self.init(lone: parts[0])
        case 2: self.init(key: parts[0], value: parts[1])
        default: return nil
        }
    }

    private init?(lone name: String) {
        if let category = Self.categories[name] {
            self.init(name: category, category: category)
        } else if name == "Assigned" {
            self.init(name: "Cn", isInverted: true)
        } else if Self.engineOnly.contains(name.lowercased()) {
            return nil
        } else {
            self.init(name: name.lowercased())
        }
    }

    private init?(key: String, value: String) {
        switch key {
        case "gc", "General_Category":
            guard let category = Self.categories[value] else { return nil }
            self.init(name: category, category: category)
        case "sc", "Script": self.init(name: "sc:" + value.lowercased())
        case "scx", "Script_Extensions": self.init(name: "scx:" + value.lowercased())
        default: return nil
        }
    }

    private init(name: String, isInverted: Bool = false, category: String? = nil) {
        self.name = name
        self.isInverted = isInverted
        // Cased letters are three categories.
        self.category = category == "L&" ? nil : category
    }

    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty && text.count <= 64
            && text.utf8.allSatisfy { $0.isWordByte }
    }

    /// Names that only the engine knows.
    private static let engineOnly: Set<String> = ["xan", "xsp", "xps", "xwd", "xuc"]

    /// Short and long names of the general categories (UAX #44), with ECMA-262's aliases.
    private static let categories: [String: String] = {
        let names = [
            "C Other", "Cc Control cntrl", "Cf Format", "Cn Unassigned", "Co Private_Use",
            "Cs Surrogate", "L Letter", "Ll Lowercase_Letter", "Lm Modifier_Letter",
            "Lo Other_Letter", "Lt Titlecase_Letter", "Lu Uppercase_Letter",
            "M Mark Combining_Mark",
            "Mc Spacing_Mark", "Me Enclosing_Mark", "Mn Nonspacing_Mark", "N Number",
            "Nd Decimal_Number digit", "Nl Letter_Number", "No Other_Number", "P Punctuation punct",
            "Pc Connector_Punctuation", "Pd Dash_Punctuation", "Pe Close_Punctuation",
            "Pf Final_Punctuation", "Pi Initial_Punctuation", "Po Other_Punctuation",
            "Ps Open_Punctuation", "S Symbol", "Sc Currency_Symbol", "Sk Modifier_Symbol",
            "Sm Math_Symbol", "So Other_Symbol", "Z Separator", "Zl Line_Separator",
            "Zp Paragraph_Separator", "Zs Space_Separator",
        ]
        var table: [String: String] = ["LC": "L&", "Cased_Letter": "L&"]
        for line in names {
            let words = line.split(separator: " ").map(String.init)
            for word in words { table[word] = words[0] }
        }
        return table
    }()
}

extension UInt8 {
    /// Whether the byte is `A`–`Z`, `a`–`z`, `0`–`9` or `_`.
    var isWordByte: Bool { isDigit || asciiLowercased &- 0x61 < 26 || self == 0x5F }
}
