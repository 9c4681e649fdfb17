/// A regular expression as a tree: what the reader makes, the writer and the lint walk.
indirect enum PatternNode {
    /// Matches the empty text.
    case empty
    /// One Unicode scalar; an unpaired surrogate matches nothing.
    case literal(UInt32)
    /// `.`
    case any
    /// `[…]`, `\d`, `\p{…}`
    case set(PatternClass)
    /// `^`, `$`, `\b`, `\B`
    case assertion(PatternAssertion)
    /// `(…)` and `(?:…)`
    case group(PatternNode, isCapturing: Bool)
    /// `(?=…)`, `(?!…)`, `(?<=…)`, `(?<!…)`
    case look(PatternNode, isBehind: Bool, isNegative: Bool)
    /// `\1`, `\k<name>`
    case reference(Int)
    /// One after the other.
    case sequence([PatternNode])
    /// `a|b`
    case alternatives([PatternNode])
    /// `*`, `+`, `?`, `{…}`
    case repeated(PatternNode, min: Int, max: Int?, isLazy: Bool)
}

/// A place that matches without taking a character.
enum PatternAssertion {
    case start
    case end
    case wordBoundary
    case notWordBoundary
}

/// A set of characters.
struct PatternClass {
    /// A part of the set.
    enum Item {
        case range(UInt32, UInt32)
        case digit(isNegated: Bool)
        case word(isNegated: Bool)
        case space(isNegated: Bool)
        case property(PatternProperty, isNegated: Bool)
    }

    var isNegated = false
    var items: [Item] = []
}
