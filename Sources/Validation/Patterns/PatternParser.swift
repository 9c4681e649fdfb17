/// Reads a regular expression of ECMA-262 with its `u` flag.
///
/// Two things are taken that the `u` flag would refuse, because their meaning is not in doubt and
/// schemas in the wild have them: a backslash before punctuation that needs none, and a lone `]`,
/// `{` or `}`.
struct PatternParser {
    /// Most characters of a pattern.
    static let lengthMax = 8_192
    /// Most groups inside each other.
    static let depthMax = 100
    /// Largest count of a quantifier that the engine can hold.
    static let countMax = 65_535

    let text: [Unicode.Scalar]
    var position = 0
    private var depth = 0
    /// Names of the capturing groups in order; nil for those without.
    private var groups: [String?] = []

    init(_ pattern: String) throws(PatternError) {
        text = Array(pattern.unicodeScalars.prefix(Self.lengthMax + 1))
        guard text.count <= Self.lengthMax else { throw error(.tooLong) }
    }

    /// Reads the whole pattern.
    mutating func run() throws(PatternError) -> PatternNode {
        try findGroups()
        let node = try readAlternatives()
        guard position == text.count else { throw error(.unbalancedGroup) }
        return node
    }

    /// Notes all capturing groups first: a reference may stand before its group.
    private mutating func findGroups() throws(PatternError) {
        var isInClass = false
        while let scalar = next() {
            switch scalar {
            case "\\": _ = next()
            case "[": isInClass = true
            case "]": isInClass = false
            case "(" where !isInClass:
                if !take("?") {
                    groups.append(nil)
                } else if take("<"), peek() != "=", peek() != "!" {
                    let name = try readGroupName()
                    guard !groups.contains(name) else { throw error(.badGroupName) }
                    groups.append(name)
                }
            default: break
            }
        }
        position = 0
    }

    /// `name>`; the `<` is read.
    mutating func readGroupName() throws(PatternError) -> String {
        var name = String.UnicodeScalarView()
        while let scalar = next(), scalar != ">" {
            let properties = scalar.properties
            let isStart = properties.isIDStart || scalar == "_" || scalar == "$"
            guard isStart || !name.isEmpty && properties.isIDContinue else {
                throw error(.badGroupName)
            }
            name.append(scalar)
        }
        guard !name.isEmpty, position > 0, text[position - 1] == ">" else {
            throw error(.badGroupName)
        }
        return String(name)
    }

    private mutating func readAlternatives() throws(PatternError) -> PatternNode {
        guard depth < Self.depthMax else { throw error(.tooDeep) }
        depth += 1
        defer { depth -= 1 }
        var all = [try readSequence()]
        while take("|") { all.append(try readSequence()) }
        return all.count == 1 ? all[0] : .alternatives(all)
    }

    private mutating func readSequence() throws(PatternError) -> PatternNode {
        var terms: [PatternNode] = []
        while let scalar = peek(), scalar != "|", scalar != ")" {
            let term = try readTerm()
            terms.append(try readQuantifier(of: term))
        }
        switch terms.count {
        case 0: return .empty
        case 1: return terms[0]
        default: return .sequence(terms)
        }
    }

    private mutating func readTerm() throws(PatternError) -> PatternNode {
        switch next() {
        case "^": return .assertion(.start)
        case "$": return .assertion(.end)
        case ".": return .any
        case "(": return try readGroup()
        case "[": return .set(try readClass())
        case "\\": return try readEscape()
        case "*", "+", "?": throw error(.nothingToRepeat)
        case "{":
            position -= 1
            guard try readCounts() == nil else { throw error(.nothingToRepeat) }
            position += 1
            return .literal(0x7B)
        case let scalar?: return .literal(scalar.value)
        case nil: return .empty
        }
    }

    private mutating func readGroup() throws(PatternError) -> PatternNode {
        guard take("?") else { return .group(try readInside(), isCapturing: true) }
        if take(":") { return .group(try readInside(), isCapturing: false) }
        if take("=") { return try readLook(isBehind: false, isNegative: false) }
        if take("!") { return try readLook(isBehind: false, isNegative: true) }
        guard take("<") else { throw error(.unknownGroup) }
        if take("=") { return try readLook(isBehind: true, isNegative: false) }
        if take("!") { return try readLook(isBehind: true, isNegative: true) }
        _ = try readGroupName()
        return .group(try readInside(), isCapturing: true)
    }

    private mutating func readLook(
        isBehind: Bool, isNegative: Bool
    ) throws(PatternError) -> PatternNode {
        .look(try readInside(), isBehind: isBehind, isNegative: isNegative)
    }

    private mutating func readInside() throws(PatternError) -> PatternNode {
        let node = try readAlternatives()
        guard take(")") else { throw error(.unbalancedGroup) }
        return node
    }

    private mutating func readQuantifier(of term: PatternNode) throws(PatternError) -> PatternNode {
        let counts: (min: Int, max: Int?)
        if take("*") {
            counts = (0, nil)
        } else if take("+") {
            counts = (1, nil)
        } else if take("?") {
            counts = (0, 1)
        } else if let read = try readCounts() {
            counts = read
        } else {
            return term
        }
        switch term {
        case .assertion, .look: throw error(.nothingToRepeat)
        default: return .repeated(term, min: counts.min, max: counts.max, isLazy: take("?"))
        }
    }

    /// `{2}`, `{2,}`, `{2,3}`; nil, with nothing read, if what is here is something else.
    private mutating func readCounts() throws(PatternError) -> (min: Int, max: Int?)? {
        let start = position
        guard take("{"), let min = try readCount() else {
            position = start
            return nil
        }
        var max: Int? = min
        if take(",") { max = try readCount() }
        guard take("}") else {
            position = start
            return nil
        }
        if let max, max < min { throw error(.badRange) }
        return (min, max)
    }

    private mutating func readCount() throws(PatternError) -> Int? {
        var value: Int?
        while let scalar = peek(), ("0"..."9").contains(scalar) {
            let digits = (value ?? 0) * 10 + Int(scalar.value - 0x30)
            guard digits <= Self.countMax else { throw error(.badRange) }
            value = digits
            position += 1
        }
        return value
    }

    /// The number of a group by its name or number.
    func group(named name: String) throws(PatternError) -> Int {
        guard let index = groups.firstIndex(of: name) else { throw error(.unknownReference) }
        return index + 1
    }

    /// Checks that there is such a group.
    func group(numbered number: Int) throws(PatternError) -> Int {
        guard number <= groups.count else { throw error(.unknownReference) }
        return number
    }

    func peek() -> Unicode.Scalar? { position < text.count ? text[position] : nil }

    mutating func next() -> Unicode.Scalar? {
        guard position < text.count else { return nil }
        position += 1
        return text[position - 1]
    }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        position += 1
        return true
    }

    func error(_ reason: PatternError.Reason) -> PatternError {
        PatternError(reason: reason, offset: position)
    }
}
