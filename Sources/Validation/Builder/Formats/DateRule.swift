public import GatehouseCore

/// A calendar date in a given order: `DD/MM/YYYY`.
public struct DateRule: Sendable {
    /// The order, in `D`, `M` and `Y` with a delimiter between them: `YYYY/MM/DD`, `D.M.YY`.
    public let format: String
    /// Whether the delimiter must be that of the format. Default true.
    public let isStrict: Bool
    /// Delimiters that a text may use if it need not be strict.
    public let delimiters: Set<Character>
    private let parts: [Part]

    private struct Part: Sendable {
        let letter: UInt8
        let digits: Int
    }

    /// - Throws: `ConfigurationError` for a format that does not name day, month and year once.
    public init(
        _ format: String = "YYYY/MM/DD", isStrict: Bool = true,
        delimiters: Set<Character> = ["/", "-"]
    ) throws(ConfigurationError) {
        self.format = format
        self.isStrict = isStrict
        self.delimiters = delimiters
        let isDelimiter = { (character: Character) in !"DMY".contains(character.uppercased()) }
        let words = format.uppercased().split(whereSeparator: isDelimiter)
        let lengths: [UInt8: ClosedRange<Int>] = [0x44: 1...2, 0x4D: 1...2, 0x59: 2...4]
        var parts: [Part] = []
        for word in words {
            guard let letter = word.utf8.first, Set(word).count == 1,
                lengths[letter]?.contains(word.utf8.count) == true,
                !parts.contains(where: { $0.letter == letter })
            else { throw .invalid("format", "must name day, month and year once") }
            parts.append(Part(letter: letter, digits: word.utf8.count))
        }
        guard parts.count == 3 else {
            throw .invalid("format", "must name day, month and year once")
        }
        self.parts = parts
    }

    package func accepts(_ text: RawSpan) -> Bool {
        var scanner = ByteScanner(text)
        var values: [UInt8: Int] = [:]
        var delimiter: UInt8?
        for (index, part) in parts.enumerated() {
            if index > 0 {
                guard let used = takeDelimiter(&scanner), used == delimiter ?? used else {
                    return false
                }
                delimiter = used
            }
            let start = scanner.position
            let digits = scanner.skipDigits()
            guard digits == part.digits else { return false }
            scanner.rewind(to: start)
            values[part.letter] = scanner.takeDigits(digits)
        }
        guard scanner.isAtEnd, let day = values[0x44], let month = values[0x4D],
            let year = values[0x59]
        else { return false }
        return CalendarDate(year: year < 100 ? year + 2_000 : year, month: month, day: day) != nil
    }

    private func takeDelimiter(_ scanner: inout ByteScanner) -> UInt8? {
        let next = scanner.next
        let character = Character(Unicode.Scalar(next))
        let wanted = format.first { !"DMYdmy".contains($0) }
        guard isStrict ? character == wanted : delimiters.contains(character) else { return nil }
        scanner.skip()
        return next
    }
}
