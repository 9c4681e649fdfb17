/// A set of characters, exact for ASCII and with one bit for all others.
struct PatternSet {
    private var low: UInt64 = 0
    private var high: UInt64 = 0
    private var hasOthers = false

    static let all = PatternSet(0, 0x10FFFF)

    init() {}

    init(_ first: UInt32, _ last: UInt32) {
        for scalar in first..<max(first, min(last &+ 1, 0x80)) { insert(scalar) }
        hasOthers = last >= 0x80
    }

    init(_ set: PatternClass) {
        for item in set.items { formUnion(PatternSet(item)) }
        if set.isNegated { self = inverted }
    }

    private init(_ item: PatternClass.Item) {
        let isNegated: Bool
        switch item {
        case .range(let first, let last):
            self.init(first, last)
            return
        case .digit(let negated):
            self.init(0x30, 0x39)
            isNegated = negated
        case .word(let negated):
            self.init(0x30, 0x39)
            formUnion(PatternSet(0x41, 0x5A))
            formUnion(PatternSet(0x61, 0x7A))
            insert(0x5F)
            isNegated = negated
        case .space(let negated):
            self.init(0x09, 0x0D)
            insert(0x20)
            hasOthers = true
            isNegated = negated
        case .property(let property, let negated):
            guard let category = property.category else {
                self = .all
                return
            }
            self.init()
            for scalar in 0..<UInt32(0x80) where Self.category(scalar).hasPrefix(category) {
                insert(scalar)
            }
            hasOthers = true
            isNegated = negated
        }
        if isNegated { self = inverted }
    }

    /// The general category of an ASCII character.
    private static func category(_ scalar: UInt32) -> String {
        switch Unicode.Scalar(scalar)?.properties.generalCategory {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .decimalNumber: "Nd"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .spaceSeparator: "Zs"
        case .control: "Cc"
        default: "Po"
        }
    }

    /// Everything else; characters beyond ASCII stay, since some of them are not in the set.
    private var inverted: PatternSet {
        var result = self
        result.low = ~low
        result.high = ~high
        result.hasOthers = true
        return result
    }

    /// With the letters of the other case.
    var foldedCase: PatternSet {
        var result = self
        let letters = (high | high &>> 32) & 0x07FF_FFFE
        result.high |= letters | letters &<< 32
        // Some beyond ASCII fold to ASCII: the Kelvin sign, the long s.
        result.hasOthers = hasOthers || letters != 0
        return result
    }

    var isEmpty: Bool { low | high == 0 && !hasOthers }

    private mutating func insert(_ scalar: UInt32) {
        if scalar < 64 { low |= 1 << UInt64(scalar) } else { high |= 1 << UInt64(scalar - 64) }
    }

    mutating func formUnion(_ other: PatternSet) {
        low |= other.low
        high |= other.high
        hasOthers = hasOthers || other.hasOthers
    }

    func overlaps(_ other: PatternSet) -> Bool {
        low & other.low | high & other.high != 0 || hasOthers && other.hasOthers
    }
}
