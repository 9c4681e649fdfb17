/// Calendar fields of a moment in UTC, computed without Foundation.
public struct CivilTime: Equatable, Sendable {
    /// Gregorian year.
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to 31.
    public let day: Int
    /// 0 to 23.
    public let hour: Int
    /// 0 to 59.
    public let minute: Int
    /// 0 to 59.
    public let second: Int
    /// 0 (Sunday) to 6.
    public let weekday: Int

    /// The fields of `time`, in UTC.
    public init(_ time: WallTime) {
        let seconds = Int(time.seconds)
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let rest = seconds - days * 86_400
        hour = rest / 3_600
        minute = rest / 60 % 60
        second = rest % 60
        weekday = ((days + 4) % 7 + 7) % 7
        // Days to civil date by 400-year eras that begin on 1 March.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let weekdays: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

    /// Appends an IMF-fixdate (RFC 9110 section 5.6.7), such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    public func appendHTTPDate(to output: inout [UInt8]) {
        output.append(Self.weekdays[weekday])
        output.append(", ")
        output.append(padded: day, width: 2)
        output.append(" ")
        output.append(Self.months[month - 1])
        output.append(" ")
        output.append(padded: year, width: 4)
        output.append(" ")
        appendClock(to: &output)
        output.append(" GMT")
    }

    /// Appends an RFC 3339 timestamp with `milliseconds`, such as `1994-11-06T08:49:37.125Z`.
    public func appendTimestamp(milliseconds: Int, to output: inout [UInt8]) {
        output.append(padded: year, width: 4)
        output.append("-")
        output.append(padded: month, width: 2)
        output.append("-")
        output.append(padded: day, width: 2)
        output.append("T")
        appendClock(to: &output)
        output.append(".")
        output.append(padded: milliseconds, width: 3)
        output.append("Z")
    }

    private func appendClock(to output: inout [UInt8]) {
        output.append(padded: hour, width: 2)
        output.append(":")
        output.append(padded: minute, width: 2)
        output.append(":")
        output.append(padded: second, width: 2)
    }
}

extension [UInt8] {
    /// Appends a non-negative number in decimal with leading zeros.
    public mutating func append(padded value: Int, width: Int) {
        var divisor = 1
        for _ in 1..<Swift.max(width, 1) { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(truncatingIfNeeded: value / divisor % 10) &+ 0x30)
            divisor /= 10
        }
    }
}

extension WallTime {
    /// RFC 3339 text with milliseconds.
    public var timestamp: String {
        var bytes: [UInt8] = []
        let milliseconds = Int((nanoseconds - seconds * 1_000_000_000) / 1_000_000)
        CivilTime(self).appendTimestamp(milliseconds: milliseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension WallTime {
    /// A day (`2027-01-31`, its beginning in UTC) or a moment in UTC (`2027-01-31T12:00:00Z`), as
    /// RFC 3339 writes them; nil for anything else.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ start: Int, _ count: Int) -> Int? {
            guard start + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[start..<start + count] {
                guard byte.isDigit else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        guard bytes.count == 10 || bytes.count == 20, bytes[4] == 0x2D, bytes[7] == 0x2D,
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var seconds = 0
        if bytes.count == 20 {
            guard bytes[10] == 0x54, bytes[13] == 0x3A, bytes[16] == 0x3A, bytes[19] == 0x5A,
                let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2),
                hour < 24, minute < 60, second < 60
            else { return nil }
            seconds = hour * 3_600 + minute * 60 + second
        }
        // Civil date to days by 400-year eras that begin on 1 March.
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let time = WallTime(seconds: Int64((era * 146_097 + dayOfEra - 719_468) * 86_400 + seconds))
        // A day that its month does not have comes back as another.
        let civil = CivilTime(time)
        guard civil.day == day, civil.month == month else { return nil }
        self = time
    }
}
