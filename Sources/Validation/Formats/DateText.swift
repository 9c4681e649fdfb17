import GatehouseCore

/// Dates and times of RFC 3339.
enum DateText {
    static func isDate(_ text: RawSpan) -> Bool {
        var cursor = TextCursor(text)
        return takeDate(&cursor) && cursor.isAtEnd
    }

    static func isTime(_ text: RawSpan) -> Bool {
        var cursor = TextCursor(text)
        return takeTime(&cursor) && cursor.isAtEnd
    }

    static func isDateTime(_ text: RawSpan) -> Bool {
        var cursor = TextCursor(text)
        return takeDate(&cursor) && cursor.takeLetter("t") && takeTime(&cursor) && cursor.isAtEnd
    }

    private static func takeDate(_ cursor: inout TextCursor) -> Bool {
        guard let year = cursor.digits(4), cursor.take("-"), let month = cursor.digits(2),
            cursor.take("-"), let day = cursor.digits(2)
        else { return false }
        return day >= 1 && day <= days(of: month, year)
    }

    /// 0 for a month that there is not.
    private static func days(of month: Int, _ year: Int) -> Int {
        switch month {
        case 1, 3, 5, 7, 8, 10, 12: 31
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 0
        }
    }

    private static let minutesOfDay = 1_440

    private static func takeTime(_ cursor: inout TextCursor) -> Bool {
        guard let hour = cursor.digits(2), cursor.take(":"), let minute = cursor.digits(2),
            cursor.take(":"), let second = cursor.digits(2), hour < 24, minute < 60, second < 61
        else { return false }
        if cursor.take("."), !cursor.skipDigits() { return false }
        guard let offset = takeOffset(&cursor) else { return false }
        // Leap seconds end a day of UTC.
        let utc = (hour * 60 + minute - offset + minutesOfDay) % minutesOfDay
        return second < 60 || utc == minutesOfDay - 1
    }

    /// Minutes east of UTC.
    private static func takeOffset(_ cursor: inout TextCursor) -> Int? {
        if cursor.takeLetter("z") { return 0 }
        let isEast = cursor.take("+")
        guard isEast || cursor.take("-"), let hour = cursor.digits(2), cursor.take(":"),
            let minute = cursor.digits(2), hour < 24, minute < 60
        else { return nil }
        return (isEast ? 1 : -1) * (hour * 60 + minute)
    }
}

/// Durations of RFC 3339 appendix A: units in order, none left out between two, weeks alone.
enum DurationText {
    static func isDuration(_ text: RawSpan) -> Bool {
        var cursor = TextCursor(text)
        guard cursor.take("P") else { return false }
        if cursor.peek.isDigit {
            guard cursor.skipDigits() else { return false }
            if cursor.take("W") { return cursor.isAtEnd }
            guard takeUnits(&cursor, ["Y", "M", "D"]) else { return false }
            if cursor.isAtEnd { return true }
        }
        guard cursor.take("T"), cursor.skipDigits() else { return false }
        return takeUnits(&cursor, ["H", "M", "S"]) && cursor.isAtEnd
    }

    /// The first number is read: its unit, and what follows.
    private static func takeUnits(
        _ cursor: inout TextCursor, _ units: InlineArray<3, Unicode.Scalar>
    ) -> Bool {
        var index = 0
        while index < 3, !cursor.take(units[index]) { index += 1 }
        guard index < 3 else { return false }
        while cursor.peek.isDigit {
            index += 1
            guard index < 3, cursor.skipDigits(), cursor.take(units[index]) else { return false }
        }
        return true
    }
}
