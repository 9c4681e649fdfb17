import GatehouseCore

extension PatternParser {
    /// What follows a backslash outside a class.
    mutating func readEscape() throws(PatternError) -> PatternNode {
        guard let scalar = peek() else { throw error(.unknownEscape) }
        switch scalar {
        case "b":
            position += 1
            return .assertion(.wordBoundary)
        case "B":
            position += 1
            return .assertion(.notWordBoundary)
        case "k":
            position += 1
            guard take("<") else { throw error(.badGroupName) }
            return .reference(try group(named: try readGroupName()))
        case "1"..."9":
            var number = 0
            while let digit = peek(), ("0"..."9").contains(digit), number <= Self.countMax {
                number = number * 10 + Int(digit.value - 0x30)
                position += 1
            }
            return .reference(try group(numbered: number))
        default:
            if let item = try readSetEscape() { return .set(PatternClass(items: [item])) }
            return .literal(try readCharacterEscape())
        }
    }

    /// `\d`, `\W`, `\p{…}`; nil, with nothing read, for others.
    private mutating func readSetEscape() throws(PatternError) -> PatternClass.Item? {
        let item: PatternClass.Item
        switch peek() {
        case "d": item = .digit(isNegated: false)
        case "D": item = .digit(isNegated: true)
        case "w": item = .word(isNegated: false)
        case "W": item = .word(isNegated: true)
        case "s": item = .space(isNegated: false)
        case "S": item = .space(isNegated: true)
        case "p", "P":
            let isNegated = next() == "P"
            let property = try readProperty()
            return .property(property, isNegated: isNegated != property.isInverted)
        default: return nil
        }
        position += 1
        return item
    }

    private mutating func readProperty() throws(PatternError) -> PatternProperty {
        guard take("{") else { throw error(.unknownProperty) }
        var name = String.UnicodeScalarView()
        while let scalar = next(), scalar != "}" { name.append(scalar) }
        guard text[position - 1] == "}", let property = PatternProperty(String(name)) else {
            throw error(.unknownProperty)
        }
        return property
    }

    /// An escape that means one character.
    private mutating func readCharacterEscape() throws(PatternError) -> UInt32 {
        guard let scalar = next() else { throw error(.unknownEscape) }
        switch scalar {
        case "t": return 0x09
        case "n": return 0x0A
        case "v": return 0x0B
        case "f": return 0x0C
        case "r": return 0x0D
        case "0":
            if let digit = peek(), ("0"..."9").contains(digit) { throw error(.unknownEscape) }
            return 0
        case "c":
            guard let letter = next(), letter.isASCII, letter.properties.isAlphabetic else {
                throw error(.unknownEscape)
            }
            return letter.value & 0x1F
        case "x": return try readHex(2)
        case "u": return try readUnicodeEscape()
        default:
            guard scalar.isASCII, !UInt8(ascii: scalar).isWordByte || scalar == "_" else {
                throw error(.unknownEscape)
            }
            return scalar.value
        }
    }

    private mutating func readUnicodeEscape() throws(PatternError) -> UInt32 {
        if take("{") {
            var value: UInt32 = 0
            var count = 0
            while let digit = peek(), let hex = Self.hex(digit) {
                value = value << 4 | hex
                count += 1
                position += 1
                guard value <= 0x10FFFF, count <= Self.lengthMax else { throw error(.badRange) }
            }
            guard count > 0, take("}") else { throw error(.unknownEscape) }
            return value
        }
        let unit = try readHex(4)
        guard unit >> 10 == 0x36, peek() == "\\" else { return unit }
        let start = position
        position += 1
        if take("u"), peek() != "{" {
            let low = try readHex(4)
            if low >> 10 == 0x37 { return 0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF }
        }
        position = start
        return unit
    }

    private mutating func readHex(_ count: Int) throws(PatternError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let scalar = next(), let digit = Self.hex(scalar) else {
                throw error(.unknownEscape)
            }
            value = value << 4 | digit
        }
        return value
    }

    private static func hex(_ scalar: Unicode.Scalar) -> UInt32? {
        guard scalar.isASCII else { return nil }
        return UInt8(ascii: scalar).hexDigit.map(UInt32.init)
    }

    /// A class after its `[`.
    mutating func readClass() throws(PatternError) -> PatternClass {
        var result = PatternClass(isNegated: take("^"))
        while !take("]") {
            let low = try readClassItem()
            guard peek() == "-", position + 1 < text.count, text[position + 1] != "]",
                case .range(let first, _) = low
            else {
                result.items.append(low)
                continue
            }
            position += 1
            let high = try readClassItem()
            if case .range(let last, _) = high {
                guard first <= last else { throw error(.badRange) }
                result.items.append(.range(first, last))
            } else {
                result.items += [low, .range(0x2D, 0x2D), high]
            }
        }
        return result
    }

    private mutating func readClassItem() throws(PatternError) -> PatternClass.Item {
        guard let scalar = next() else { throw error(.unclosedClass) }
        guard scalar == "\\" else { return .range(scalar.value, scalar.value) }
        if take("b") { return .range(0x08, 0x08) }
        if let item = try readSetEscape() { return item }
        let value = try readCharacterEscape()
        return .range(value, value)
    }
}
