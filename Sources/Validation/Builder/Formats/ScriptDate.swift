import GatehouseCore

/// Moments from the texts and numbers that ECMAScript's `Date` takes, as far as they mean one
/// moment to everybody: ISO 8601, and month, day and year in figures.
enum ScriptDate {
    /// Milliseconds since 1970, nil if it is no moment.
    static func parse(_ value: SchemaValue, format: SchemaFlags.DateFormat?) -> Double? {
        switch value {
        case .date(let milliseconds): return milliseconds
        case .number(let number): return moment(number.double, format: format)
        case .text(let text): return parse(text.utf8.raw, format: format)
        default: return nil
        }
    }

    static func parse(_ text: RawSpan, format: SchemaFlags.DateFormat?) -> Double? {
        if text.isMade(of: \.isSpace) || text.byteCount == 0 { return nil }
        if format == .iso {
            guard ISODateRule(dialect: .joi).accepts(text) else { return nil }
            return iso(text)
        }
        if format == .unknown { return nil }
        if format != nil {
            guard isNumeral(text), let number = Double(String(lossy: text)) else { return nil }
            return moment(number, format: format)
        }
        if isPlainNumeral(text), let number = Double(String(lossy: text)) {
            return moment(number, format: nil)
        }
        return iso(text) ?? figures(text)
    }

    private static func moment(_ number: Double, format: SchemaFlags.DateFormat?) -> Double? {
        let milliseconds: Double
        switch format {
        case nil, .javascript, .unknown: milliseconds = number
        case .unix: milliseconds = number * 1_000
        case .iso: return nil
        }
        guard milliseconds.isFinite, abs(milliseconds) <= CalendarText.millisecondsMax else {
            return nil
        }
        return milliseconds.rounded(.towardZero)
    }

    private static func isPlainNumeral(_ text: RawSpan) -> Bool {
        var scanner = ByteScanner(text)
        _ = scanner.takeAny(UInt8(ascii: "+"), UInt8(ascii: "-"))
        guard scanner.skipDigits() > 0 else { return false }
        if scanner.take(UInt8(ascii: ".")), scanner.skipDigits() == 0 { return false }
        return scanner.isAtEnd
    }

    /// What ECMAScript reads as a number, without white space and other bases.
    private static func isNumeral(_ text: RawSpan) -> Bool {
        var scanner = ByteScanner(text)
        _ = scanner.takeAny(UInt8(ascii: "+"), UInt8(ascii: "-"))
        guard scanner.skipDigits() > 0 else { return false }
        if scanner.take(UInt8(ascii: ".")) { _ = scanner.skipDigits() }
        if scanner.takeAny(UInt8(ascii: "e"), UInt8(ascii: "E")) {
            _ = scanner.takeAny(UInt8(ascii: "+"), UInt8(ascii: "-"))
            guard scanner.skipDigits() > 0 else { return false }
        }
        return scanner.isAtEnd
    }

    /// The format of ECMA-262 section 21.4.1.32; without a zone, a date is UTC and so is a time.
    private static func iso(_ text: RawSpan) -> Double? {
        var scanner = ByteScanner(text)
        var year: Int
        let sign = scanner.next
        if scanner.takeAny(UInt8(ascii: "+"), UInt8(ascii: "-")) {
            guard let digits = scanner.takeDigits(6) else { return nil }
            year = sign == UInt8(ascii: "-") ? -digits : digits
        } else {
            guard let digits = scanner.takeDigits(4) else { return nil }
            year = digits
        }
        var (month, day) = (1, 1)
        if scanner.take(UInt8(ascii: "-")) {
            guard let digits = scanner.takeDigits(2) else { return nil }
            month = digits
            if scanner.take(UInt8(ascii: "-")) {
                guard let digits = scanner.takeDigits(2) else { return nil }
                day = digits
            }
        }
        guard let date = CalendarDate(year: year, month: month, day: day) else { return nil }
        var milliseconds = Double(date.dayNumber) * 86_400_000
        if scanner.takeAny(UInt8(ascii: "T"), UInt8(ascii: " ")) {
            guard let clock = takeClock(&scanner) else { return nil }
            milliseconds += clock
        }
        return scanner.isAtEnd ? milliseconds : nil
    }

    /// Time of day and zone in milliseconds.
    private static func takeClock(_ scanner: inout ByteScanner) -> Double? {
        guard let hour = scanner.takeDigits(2), hour <= 24, scanner.take(UInt8(ascii: ":")),
            let minute = scanner.takeDigits(2), minute < 60, hour < 24 || minute == 0
        else { return nil }
        var milliseconds = Double(hour * 60 + minute) * 60_000
        if scanner.take(UInt8(ascii: ":")) {
            guard let second = scanner.takeDigits(2), second < 60 else { return nil }
            milliseconds += Double(second) * 1_000
            if scanner.take(UInt8(ascii: ".")) {
                var unit = 100.0
                guard scanner.next.isDigit else { return nil }
                while scanner.next.isDigit {
                    // Digits behind the milliseconds are cut off, as ECMAScript does.
                    if unit >= 1 { milliseconds += unit * Double(scanner.next &- 0x30) }
                    unit /= 10
                    scanner.skip()
                }
            }
        }
        if scanner.take(UInt8(ascii: "Z")) || scanner.isAtEnd { return milliseconds }
        let isWest = scanner.next == UInt8(ascii: "-")
        guard scanner.takeAny(UInt8(ascii: "+"), UInt8(ascii: "-")),
            let zoneHour = scanner.takeDigits(2), zoneHour < 24
        else { return nil }
        var zoneMinute = 0
        if !scanner.isAtEnd {
            _ = scanner.take(UInt8(ascii: ":"))
            guard let digits = scanner.takeDigits(2), digits < 60 else { return nil }
            zoneMinute = digits
        }
        let offset = Double(zoneHour * 60 + zoneMinute) * 60_000
        return milliseconds + (isWest ? offset : -offset)
    }

    /// `M-D-YYYY`, `M/D/YYYY` or `YYYY/M/D`, with or without `UTC`.
    private static func figures(_ text: RawSpan) -> Double? {
        var scanner = ByteScanner(text)
        if let year = scanner.takeDigits(4), scanner.take(UInt8(ascii: "/")),
            let month = takeFigure(&scanner), scanner.take(UInt8(ascii: "/")),
            let day = takeFigure(&scanner), scanner.isAtEnd
        {
            let date = CalendarDate(year: year, month: month, day: day)
            return date.map { Double($0.dayNumber) * 86_400_000 }
        }
        scanner.rewind(to: 0)
        guard let month = takeFigure(&scanner) else { return nil }
        let mark = scanner.next
        guard scanner.takeAny(UInt8(ascii: "-"), UInt8(ascii: "/")),
            let day = takeFigure(&scanner), scanner.take(mark), let year = scanner.takeDigits(4),
            let date = CalendarDate(year: year, month: month, day: day)
        else { return nil }
        if scanner.take(UInt8(ascii: " ")) {
            let zone = text.extracting(scanner.position..<text.byteCount)
            guard zone.equals("UTC") || zone.equals("GMT") || zone.equals("Z") else { return nil }
            scanner.skip(zone.byteCount)
        }
        return scanner.isAtEnd ? Double(date.dayNumber) * 86_400_000 : nil
    }

    private static func takeFigure(_ scanner: inout ByteScanner) -> Int? {
        scanner.takeDigits(2) ?? scanner.takeDigits(1)
    }
}
