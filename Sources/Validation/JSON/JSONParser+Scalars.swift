import GatehouseCore

extension JSONParser {
    /// Reads a string from its quote on, checking every byte.
    mutating func readString() throws(JSONError) {
        position &+= 1
        let start = position
        var hasEscapes = false
        while true {
            position = bytes.endOfPlainText(from: position)
            guard position < bytes.byteCount else { throw error(.unexpectedEnd) }
            let byte = bytes.byte(position)
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try skipEscape()
            } else if byte < 0x20 {
                throw error(.controlCharacter)
            } else {
                let length = bytes.scalarLength(at: position)
                guard length > 0 else { throw error(.invalidUTF8) }
                position &+= length
            }
        }
        let count = position &- start
        guard count <= limits.stringBytesMax.bytes else { throw error(.stringTooLong) }
        try appendScalar(.string, start: start, count: count, isSpecial: hasEscapes)
        position &+= 1
    }

    private mutating func skipEscape() throws(JSONError) {
        guard position &+ 1 < bytes.byteCount else { throw error(.unexpectedEnd) }
        let letter = bytes.byte(position &+ 1)
        guard letter == UInt8(ascii: "u") else {
            guard JSONEscapes.byte(letter) != nil else { throw error(.malformedEscape) }
            position &+= 2
            return
        }
        let unit = try escapedUnit(at: position)
        if unit &>> 10 == 0x37 { throw error(.loneSurrogate) }
        if unit &>> 10 == 0x36 {
            guard bytes.isEscapedUnit(at: position &+ 6) else { throw error(.loneSurrogate) }
            guard try escapedUnit(at: position &+ 6) &>> 10 == 0x37 else {
                throw error(.loneSurrogate)
            }
            position &+= 6
        }
        position &+= 6
    }

    private func escapedUnit(at index: Int) throws(JSONError) -> UInt32 {
        guard let unit = JSONEscapes.unit(bytes, at: index &+ 2) else {
            throw error(.malformedEscape)
        }
        return unit
    }

    /// Reads a number; its value is left to whoever asks for it.
    mutating func readNumber() throws(JSONError) {
        let start = position
        if peek() == UInt8(ascii: "-") { position &+= 1 }
        if peek() == UInt8(ascii: "0") {
            position &+= 1
        } else {
            try skipDigits()
        }
        var isInteger = true
        if peek() == UInt8(ascii: ".") {
            isInteger = false
            position &+= 1
            try skipDigits()
        }
        if peek() | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position &+= 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position &+= 1 }
            try skipDigits()
        }
        if peek().isDigit { throw error(.malformedNumber) }
        let count = position &- start
        guard count <= limits.numberBytesMax else { throw error(.numberTooLong) }
        try appendScalar(.number, start: start, count: count, isSpecial: isInteger)
    }

    /// One digit or more.
    private mutating func skipDigits() throws(JSONError) {
        guard peek().isDigit else {
            throw error(position < bytes.byteCount ? .malformedNumber : .unexpectedEnd)
        }
        while peek().isDigit { position &+= 1 }
    }
}

extension RawSpan {
    /// Whether `\u` stands at `index`.
    fileprivate func isEscapedUnit(at index: Int) -> Bool {
        index &+ 1 < byteCount && byte(index) == UInt8(ascii: "\\")
            && byte(index &+ 1) == UInt8(ascii: "u")
    }

    /// The first place from `index` on that is no plain ASCII text of a string: a quote, backslash,
    /// control or part of a longer scalar. Eight bytes at a time.
    fileprivate func endOfPlainText(from index: Int) -> Int {
        let low: UInt64 = 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        var index = index
        while index &+ 8 <= byteCount {
            let word = word(index)
            let quote = word ^ (low &* 0x22)
            let backslash = word ^ (low &* 0x5C)
            // A borrow can only mark a byte above one that is marked rightly: the lowest is exact.
            let found =
                (word &- low &* 0x20) & ~word | (quote &- low) & ~quote
                | (backslash &- low) & ~backslash | word
            if found & high != 0 { return index &+ (found & high).trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < byteCount {
            let byte = byte(index)
            if byte < 0x20 || byte >= 0x80 || byte == 0x22 || byte == 0x5C { return index }
            index &+= 1
        }
        return index
    }
}
