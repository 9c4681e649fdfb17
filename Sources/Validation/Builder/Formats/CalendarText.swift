import GatehouseCore

/// Dates and times as text, without Foundation.
enum CalendarText {
    /// ISO 8601 with milliseconds in UTC, as ECMAScript's `toISOString` writes it.
    static func iso(_ milliseconds: Double) -> String {
        guard milliseconds.isFinite, abs(milliseconds) <= Self.millisecondsMax else { return "" }
        let whole = Int64(milliseconds.rounded(.down))
        let day = Int(floorDivide(whole, 86_400_000))
        let rest = Int(whole - Int64(day) * 86_400_000)
        let date = CalendarDate(dayNumber: day)
        var text: [UInt8] = []
        if date.year < 0 || date.year > 9_999 {
            text.append(UInt8(ascii: date.year < 0 ? "-" : "+"))
            text.append(padded: abs(date.year), width: 6)
        } else {
            text.append(padded: date.year, width: 4)
        }
        text.append("-")
        text.append(padded: date.month, width: 2)
        text.append("-")
        text.append(padded: date.day, width: 2)
        text.append("T")
        text.append(padded: rest / 3_600_000, width: 2)
        text.append(":")
        text.append(padded: rest / 60_000 % 60, width: 2)
        text.append(":")
        text.append(padded: rest / 1_000 % 60, width: 2)
        text.append(".")
        text.append(padded: rest % 1_000, width: 3)
        text.append("Z")
        return String(decoding: text, as: UTF8.self)
    }

    /// The range of ECMAScript's time values: 100 million days around 1970.
    static let millisecondsMax = 8.64e15

    static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }
}

/// A day of the proleptic Gregorian calendar.
struct CalendarDate: Equatable {
    let year: Int
    let month: Int
    let day: Int

    /// Nil for a day that the calendar does not have.
    init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), day >= 1, day <= Self.days(in: month, of: year) else {
            return nil
        }
        self.year = year
        self.month = month
        self.day = day
    }

    static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1 January 1970, by eras of 400 years that begin on 1 March.
    var dayNumber: Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The day that many days after 1 January 1970.
    init(dayNumber: Int) {
        let shifted = dayNumber + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}
