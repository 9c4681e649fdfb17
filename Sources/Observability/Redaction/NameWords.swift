import GatehouseCore

/// A name without case and separators, and where its words begin.
struct NameWords: ~Copyable {
    private var letters: InlineArray<64, UInt8> = .init(repeating: 0)
    private(set) var count = 0
    private var starts: InlineArray<33, UInt8> = .init(repeating: 0)
    /// Words that begin in `letters`.
    private var starting = 0
    /// Words that are left to look at.
    private var left = 0
    /// Place of the last word that is left, without the digits that number it.
    private(set) var last = 0..<0

    init() {}

    var isEmpty: Bool { left == 0 }

    /// False if the name holds more than fits.
    mutating func read(_ name: RawSpan) -> Bool {
        var index = 0
        var previous: UInt8 = 0
        while index < name.byteCount {
            let (byte, length) = name.percentDecodedByte(at: index)
            index &+= length
            if byte.isAlphanumeric {
                let next = index < name.byteCount ? name.byte(index) : 0
                let isBoundary = count == 0 || Self.isBoundary(previous, byte, next)
                guard append(byte, startsWord: isBoundary) else { return false }
            }
            previous = byte
        }
        restore()
        return true
    }

    private mutating func append(_ byte: UInt8, startsWord: Bool) -> Bool {
        guard count < SecretNames.lettersMax else { return false }
        if startsWord {
            // So many short words are no name that anybody gave.
            guard starting < 32 else { return false }
            starts[starting] = UInt8(count)
            starting += 1
        }
        letters[count] = byte.asciiLowercased
        count += 1
        return true
    }

    /// Words begin after a separator, at the `B` of `aB`, and at the `K` of `APIKey`.
    private static func isBoundary(_ previous: UInt8, _ byte: UInt8, _ next: UInt8) -> Bool {
        guard previous.isAlphanumeric else { return true }
        guard byte.isUppercase else { return false }
        return !previous.isUppercase || next.isLowercase
    }

    private mutating func findLast() {
        guard left > 0 else {
            last = 0..<0
            return
        }
        let start = Int(starts[left - 1])
        var end = left < starting ? Int(starts[left]) : count
        while end > start + 1, letters[end - 1].isDigit { end -= 1 }
        last = start..<end
    }

    mutating func removeLast() {
        left -= 1
        findLast()
    }

    mutating func restore() {
        left = starting
        findLast()
    }

    func letter(_ index: Int) -> UInt8 { index >= 0 ? letters[index] : 0 }

    func isWhole(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && matches(text, at: 0)
    }

    /// Whether the word is `text`.
    func isWord(_ word: Range<Int>, _ text: StaticString) -> Bool {
        word.count == text.utf8CodeUnitCount && matches(text, at: word.lowerBound)
    }

    /// Whether one of `texts`, whose first letters are the bits of `beginnings`, is anywhere.
    func contains(_ texts: [StaticString], beginningIn beginnings: UInt32) -> Bool {
        for start in 0..<count {
            let letter = letters[start] &- 0x61
            guard letter < 26, beginnings &>> UInt32(letter) & 1 == 1 else { continue }
            for text in texts
            where start + text.utf8CodeUnitCount <= count && matches(text, at: start) {
                return true
            }
        }
        return false
    }

    func matches(_ text: StaticString, at start: Int) -> Bool {
        for offset in 0..<text.utf8CodeUnitCount {
            guard unsafe letters[start + offset] == text.utf8Start[offset] else { return false }
        }
        return true
    }
}
