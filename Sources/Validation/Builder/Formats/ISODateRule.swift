import GatehouseCore

/// A date, with or without a time, as ISO 8601 writes it: `2013-06-07T14:21:46.295Z`, `2013-W23-5`,
/// `2013-158`.
public struct ISODateRule: Sendable {
    /// Whether the day must exist: no 30 February. Default true.
    public var checksCalendar = true
    /// Whether a space may stand for the `T`. Default false.
    public var allowsSpace = false
    /// Whether the time must follow, with its zone, in full: RFC 3339. Default false.
    public var isTimestamp = false
    /// Which readers it agrees with, where they differ.
    package var dialect = Dialect.own

    package enum Dialect: Sendable { case own, joi, lenient }

    /// Any ISO 8601 date of the calendar.
    public init() {}

    package init(dialect: Dialect) {
        self.dialect = dialect
        checksCalendar = dialect == .own
        allowsSpace = dialect != .own
    }

    package func accepts(_ text: RawSpan) -> Bool {
        isTimestamp ? acceptsTimestamp(text) : ISODateReader(text, rule: self).accepts()
    }

    /// Joi takes only what `Date` of ECMAScript reads too.
    func acceptsMoment(_ text: RawSpan) -> Bool {
        accepts(text) && (dialect != .joi || ScriptDate.parse(text, format: .iso) != nil)
    }

    /// RFC 3339 section 5.6.
    private func acceptsTimestamp(_ text: RawSpan) -> Bool {
        var scanner = ByteScanner(text)
        guard let year = scanner.takeDigits(4), scanner.take(UInt8(ascii: "-")),
            let month = scanner.takeDigits(2), scanner.take(UInt8(ascii: "-")),
            let day = scanner.takeDigits(2),
            CalendarDate(year: year, month: month, day: day) != nil
                || !checksCalendar && (1...12).contains(month) && (1...31).contains(day)
        else { return false }
        guard
            scanner.takeAny(UInt8(ascii: "T"), UInt8(ascii: "t"))
                || allowsSpace && scanner.take(UInt8(ascii: " "))
        else { return false }
        guard let hour = scanner.takeDigits(2), hour < 24, scanner.take(UInt8(ascii: ":")),
            let minute = scanner.takeDigits(2), minute < 60, scanner.take(UInt8(ascii: ":")),
            let second = scanner.takeDigits(2), second <= 60
        else { return false }
        if scanner.take(UInt8(ascii: ".")), scanner.skipDigits() == 0 { return false }
        if scanner.takeAny(UInt8(ascii: "Z"), UInt8(ascii: "z")) { return scanner.isAtEnd }
        guard scanner.takeAny(UInt8(ascii: "+"), UInt8(ascii: "-")),
            let zoneHour = scanner.takeDigits(2), zoneHour < 24, scanner.take(UInt8(ascii: ":")),
            let zoneMinute = scanner.takeDigits(2), zoneMinute < 60
        else { return false }
        return scanner.isAtEnd
    }
}

/// Reads the forms of ISO 8601: after the year, a month and day, a week and day, or a day of the
/// year; after those a time and a zone.
private struct ISODateReader: ~Escapable {
    private var scanner: ByteScanner
    private let rule: ISODateRule
    private var year = 0

    @_lifetime(copy text)
    init(_ text: RawSpan, rule: ISODateRule) {
        scanner = ByteScanner(text)
        self.rule = rule
    }

    func accepts() -> Bool {
        var reader = copy()
        return reader.read()
    }

    @_lifetime(copy self)
    private func copy() -> ISODateReader {
        var other = ISODateReader(scanner.bytes, rule: rule)
        other.scanner.rewind(to: scanner.position)
        other.year = year
        return other
    }

    @_lifetime(self: copy self)
    private mutating func read() -> Bool {
        if scanner.takeAny(UInt8(ascii: "+"), UInt8(ascii: "-")), rule.dialect != .lenient {
            guard let high = scanner.takeDigits(2) else { return false }
            year = high * 10_000
        }
        guard let low = scanner.takeDigits(4), !isYearMonthRun else { return false }
        year += low
        if scanner.isAtEnd { return true }
        let isDashed = scanner.take(UInt8(ascii: "-"))
        for form in 0..<3 {
            var attempt = copy()
            if attempt.readDay(form, isDashed: isDashed), attempt.readTime() { return true }
        }
        return false
    }

    /// `YYYYMM` could be `YYMMDD`: six digits and no more are no date.
    private var isYearMonthRun: Bool {
        scanner.next.isDigit && scanner.peek(1).isDigit && !scanner.peek(2).isTokenByte
    }

    @_lifetime(self: copy self)
    private mutating func readDay(_ form: Int, isDashed: Bool) -> Bool {
        switch form {
        case 0:
            guard let month = scanner.takeDigits(2), (1...12).contains(month) else { return false }
            if isDashed ? scanner.next != UInt8(ascii: "-") : !scanner.next.isDigit { return true }
            if isDashed { scanner.skip() }
            guard let day = scanner.takeDigits(2), (1...31).contains(day) else { return false }
            return !rule.checksCalendar
                || CalendarDate(year: year, month: month, day: day) != nil
        case 1:
            guard scanner.take(UInt8(ascii: "W")), let week = scanner.takeDigits(2),
                week <= (rule.dialect == .joi ? 52 : 53), week > 0 || rule.dialect == .joi
            else { return false }
            let isDay = { (byte: UInt8) in (0x31...0x37).contains(byte) }
            if scanner.next == UInt8(ascii: "-"), isDay(scanner.peek(1)) { scanner.skip() }
            if isDay(scanner.next) { scanner.skip() }
            return true
        default:
            guard let day = scanner.takeDigits(3), (1...366).contains(day) else { return false }
            return !rule.checksCalendar || day < 366 || CalendarDate.isLeap(year)
        }
    }

    @_lifetime(self: copy self)
    private mutating func readTime() -> Bool {
        if scanner.isAtEnd { return true }
        if rule.dialect == .joi, isBareTime { return false }
        guard scanner.take(UInt8(ascii: "T")) || rule.allowsSpace && takeSpace() else {
            return false
        }
        let isOptional = rule.dialect == .lenient && !scanner.next.isDigit
        if !isOptional, !readClock() { return false }
        return readZone() && scanner.isAtEnd
    }

    @_lifetime(self: copy self)
    private mutating func takeSpace() -> Bool {
        guard scanner.next.isSpace else { return false }
        scanner.skip()
        return true
    }

    /// `T` alone, or `T`, digits and `Z`.
    private var isBareTime: Bool {
        guard scanner.next == UInt8(ascii: "T") else { return false }
        var offset = 1
        while scanner.peek(offset).isDigit { offset += 1 }
        let end = scanner.position + offset
        if offset == 1 { return end == scanner.bytes.byteCount }
        return scanner.peek(offset) == UInt8(ascii: "Z") && end + 1 == scanner.bytes.byteCount
    }

    @_lifetime(self: copy self)
    private mutating func readClock() -> Bool {
        guard let hour = scanner.takeDigits(2), hour <= 24 else { return false }
        let isColon = scanner.next == UInt8(ascii: ":")
        var hasMinutes = false
        if isColon || scanner.next.isDigit {
            if isColon { scanner.skip() }
            guard let minute = scanner.takeDigits(2), minute < 60, hour < 24 || minute == 0 else {
                return false
            }
            hasMinutes = true
        } else if hour == 24 {
            return false
        }
        guard readFraction() else { return false }
        if hasMinutes, isColon ? scanner.next == UInt8(ascii: ":") : scanner.next.isDigit {
            if isColon { scanner.skip() }
            guard let second = scanner.takeDigits(2), second < 60 else { return false }
            return readFraction()
        }
        return true
    }

    @_lifetime(self: copy self)
    private mutating func readFraction() -> Bool {
        guard scanner.takeAny(UInt8(ascii: "."), UInt8(ascii: ",")) else { return true }
        return scanner.skipDigits() > 0 && scanner.next != UInt8(ascii: ":")
    }

    @_lifetime(self: copy self)
    private mutating func readZone() -> Bool {
        if scanner.take(UInt8(ascii: "Z")) { return true }
        if rule.dialect == .lenient, scanner.take(UInt8(ascii: "z")) { return true }
        guard scanner.takeAny(UInt8(ascii: "+"), UInt8(ascii: "-")) else { return true }
        guard let hour = scanner.takeDigits(2), hour < 24 else { return false }
        if scanner.isAtEnd { return true }
        let isColon = scanner.take(UInt8(ascii: ":"))
        if scanner.isAtEnd { return isColon && rule.dialect == .lenient }
        guard let minute = scanner.takeDigits(2), minute < 60 else { return false }
        return true
    }
}
