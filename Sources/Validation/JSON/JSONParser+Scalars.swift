import GatehouseCore

extension JSONParser {
    /// Reads a string from its quote on, checking every byte.
    @inline(__always)
    func readString(_ cursor: inout Cursor, _ nodes: inout Nodes) throws(JSONError) {
        let start = cursor.position &+ 1
        let (end, hasEscapes) = try endOfString(start)
        try appendScalar(
            .string, start: start, count: end &- start, isSpecial: hasEscapes, end, &nodes)
        cursor.position = end &+ 1
    }

    /// Reads a member's name, and notes in the object which hashes its names have.
    @inline(__always)
    func readName(_ cursor: inout Cursor, _ nodes: inout Nodes) throws(JSONError) {
        let start = cursor.position &+ 1
        let object = cursor.innermost
        let (end, hasEscapes) = try endOfString(start)
        let range = ByteRange(start: start, count: end &- start)
        let hash = hasEscapes ? escapedHash(range) : bytes.nameHash(range)
        let bit = Int32(bitPattern: 1 &<< hash)
        let seen = nodes[object].count
        if seen & bit != 0, hasName(range, hash, hasEscapes, object, nodes) {
            nodes[object].isSpecial = true
        }
        nodes[object].count = seen | bit
        try appendScalar(
            .string, start: start, count: Int(range.count), isSpecial: hasEscapes, hash: hash,
            end, &nodes)
        cursor.position = end &+ 1
    }

    /// Where the closing quote stands of the string that begins at `start`, and whether there are
    /// escapes before it.
    @inline(__always)
    private func endOfString(_ start: Int) throws(JSONError) -> (end: Int, hasEscapes: Bool) {
        let plain = bytes.endOfPlainText(from: start)
        var result = (end: plain, hasEscapes: false)
        if peek(plain) != UInt8(ascii: "\"") { result = try endOfSpecialText(plain) }
        guard result.end &- start <= limits.stringBytesMax.bytes else {
            throw error(.stringTooLong, result.end)
        }
        return result
    }

    /// The same from what is no plain text on.
    @inline(never)
    private func endOfSpecialText(
        _ start: Int
    ) throws(JSONError) -> (end: Int, hasEscapes: Bool) {
        var position = start
        var hasEscapes = false
        while true {
            guard position < bytes.byteCount else { throw error(.unexpectedEnd, position) }
            let byte = bytes.byte(position)
            if byte == UInt8(ascii: "\"") { return (position, hasEscapes) }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                position = try endOfEscape(position)
            } else if byte < 0x20 {
                throw error(.controlCharacter, position)
            } else {
                let length = bytes.scalarLength(at: position)
                guard length > 0 else { throw error(.invalidUTF8, position) }
                position &+= length
            }
            position = bytes.endOfPlainText(from: position)
        }
    }

    private func endOfEscape(_ position: Int) throws(JSONError) -> Int {
        guard position &+ 1 < bytes.byteCount else { throw error(.unexpectedEnd, position) }
        let letter = bytes.byte(position &+ 1)
        guard letter == UInt8(ascii: "u") else {
            guard JSONEscapes.byte(letter) != nil else { throw error(.malformedEscape, position) }
            return position &+ 2
        }
        let unit = try escapedUnit(at: position)
        if unit &>> 10 == 0x37 { throw error(.loneSurrogate, position) }
        guard unit &>> 10 == 0x36 else { return position &+ 6 }
        guard bytes.isEscapedUnit(at: position &+ 6),
            try escapedUnit(at: position &+ 6) &>> 10 == 0x37
        else { throw error(.loneSurrogate, position) }
        return position &+ 12
    }

    private func escapedUnit(at position: Int) throws(JSONError) -> UInt32 {
        guard let unit = JSONEscapes.unit(bytes, at: position &+ 2) else {
            throw error(.malformedEscape, position)
        }
        return unit
    }

    /// Reads a number; its value is left to whoever asks for it.
    @inline(__always)
    func readNumber(_ cursor: inout Cursor, _ nodes: inout Nodes) throws(JSONError) {
        let start = cursor.position
        var end = start
        if peek(end) == UInt8(ascii: "-") { end &+= 1 }
        if peek(end) == UInt8(ascii: "0") { end &+= 1 } else { try skipDigits(&end) }
        let isInteger = !peek(end).isInNumber
        if !isInteger { end = try endOfFractionAndExponent(end) }
        guard end &- start <= limits.numberBytesMax else { throw error(.numberTooLong, end) }
        try appendScalar(
            .number, start: start, count: end &- start, isSpecial: isInteger, end, &nodes)
        cursor.position = end
    }

    @inline(never)
    private func endOfFractionAndExponent(_ start: Int) throws(JSONError) -> Int {
        var end = start
        if peek(end) == UInt8(ascii: ".") {
            end &+= 1
            try skipDigits(&end)
        }
        if peek(end) | 0x20 == UInt8(ascii: "e") {
            end &+= 1
            if peek(end) == UInt8(ascii: "+") || peek(end) == UInt8(ascii: "-") { end &+= 1 }
            try skipDigits(&end)
        }
        if peek(end).isDigit { throw error(.malformedNumber, end) }
        return end
    }

    /// One digit or more.
    @inline(__always)
    private func skipDigits(_ position: inout Int) throws(JSONError) {
        guard peek(position).isDigit else {
            throw error(position < bytes.byteCount ? .malformedNumber : .unexpectedEnd, position)
        }
        repeat { position &+= 1 } while peek(position).isDigit
    }
}

extension UInt8 {
    /// Whether a number goes on, rightly or not, where its first digits end.
    @inline(__always)
    fileprivate var isInNumber: Bool { isDigit || self == 0x2E || self | 0x20 == 0x65 }
}

extension RawSpan {
    /// Whether `\u` stands at `index`.
    fileprivate func isEscapedUnit(at index: Int) -> Bool {
        index &+ 1 < byteCount && byte(index) == UInt8(ascii: "\\")
            && byte(index &+ 1) == UInt8(ascii: "u")
    }

    /// The first place from `index` on that is no plain ASCII text of a string: a quote, backslash,
    /// control or part of a longer scalar. Eight bytes at a time.
    @inline(__always)
    fileprivate func endOfPlainText(from index: Int) -> Int {
        let low: UInt64 = 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        var index = index
        while index &+ 8 <= byteCount {
            let word = wordWithin(index)
            let quote = word ^ (low &* 0x22)
            let backslash = word ^ (low &* 0x5C)
            // A borrow can only mark a byte above one that is marked rightly: the lowest is exact.
            let found =
                ((word &- low &* 0x20) | (quote &- low) | (backslash &- low) | word) & high
            if found != 0 { return index &+ found.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < byteCount {
            let byte = byteWithin(index)
            if byte < 0x20 || byte >= 0x80 || byte == 0x22 || byte == 0x5C { return index }
            index &+= 1
        }
        return index
    }
}
