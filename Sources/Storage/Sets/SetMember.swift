package import GatehouseCore

/// One member of a set, or the removal of one.
package struct SetMember: Hashable, Sendable {
    /// What it is: 1 to 256 bytes.
    package let name: [UInt8]
    /// What is said of it: an epoch, the number of a change.
    package var value: Int64
    /// When it ceases to count by itself.
    package var until: WallTime
    package var isRemoval: Bool
    /// What people are told about it; at most 512 bytes.
    package var note: [UInt8]

    package init(
        _ name: [UInt8], value: Int64, until: WallTime, isRemoval: Bool = false, note: [UInt8] = []
    ) {
        self.name = name
        self.value = value
        self.until = until
        self.isRemoval = isRemoval
        self.note = note
    }

    package init(_ name: String, value: Int64, until: WallTime) {
        self.init(Array(name.utf8), value: value, until: until)
    }

    static let nameBytesMax = 256
    static let noteBytesMax = 512
    /// A whole record outside of this process.
    static let bytesMax = recordHead + noteBytesMax

    /// Whether both parts have a permitted length.
    var isWellFormed: Bool {
        (1...Self.nameBytesMax).contains(name.count) && note.count <= Self.noteBytesMax
    }

    /// Whether it counts.
    package func isPresent(at now: WallTime) -> Bool { !isRemoval && until > now }

    /// What becomes of this and another record of the same member.
    func merged(with other: SetMember, _ merge: SetMerge) -> SetMember {
        switch merge {
        case .growing:
            var result = other.value > value ? other : self
            result.until = max(until, other.until)
            result.isRemoval = false
            return result
        case .latest: return rank < other.rank ? other : self
        }
    }

    /// Whether all but the notes is equal.
    func saysTheSame(as other: SetMember) -> Bool { rank == other.rank }

    /// What the latest of two records is found by.
    private var rank: (Int64, Int, Int64) { (value, isRemoval ? 1 : 0, until.nanoseconds) }
}

extension SetMember {
    /// Digits of the value, the mark of a removal, digits of the end.
    static let recordHead = 33

    /// Everything but the name, for other processes: numbers in hexadecimal with the sign's bit
    /// turned over, so that text sorts as they do; then the note.
    var record: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(hex: UInt64(bitPattern: value) ^ 1 << 63)
        bytes.append(isRemoval ? UInt8(ascii: "1") : UInt8(ascii: "0"))
        bytes.append(contentsOf: Self.digits(of: until))
        return bytes + note
    }

    /// A moment as records hold it.
    static func digits(of moment: WallTime) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(hex: UInt64(bitPattern: moment.nanoseconds) ^ 1 << 63)
        return bytes
    }

    /// Reads what `record` wrote; nil for anything else.
    init?(name: some Collection<UInt8>, record: some Collection<UInt8>) {
        let record = Array(record)
        guard (Self.recordHead...Self.bytesMax).contains(record.count),
            let value = Self.number(record[0..<16]), let until = Self.number(record[17..<33]),
            record[16] == UInt8(ascii: "0") || record[16] == UInt8(ascii: "1")
        else { return nil }
        self.init(
            Array(name), value: value, until: WallTime(nanoseconds: until),
            isRemoval: record[16] == UInt8(ascii: "1"), note: Array(record[Self.recordHead...]))
        guard isWellFormed else { return nil }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var bits: UInt64 = 0
        for digit in digits {
            // One spelling alone, or texts would not sort as numbers do.
            guard let value = digit.hexDigit, digit < 0x41 || digit > 0x46 else { return nil }
            bits = bits << 4 | UInt64(value)
        }
        return Int64(bitPattern: bits ^ 1 << 63)
    }
}

extension WallTime {
    /// The moment so long after this one; saturates.
    package func adding(_ duration: Duration) -> WallTime {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return WallTime(nanoseconds: overflow ? (nanoseconds > 0 ? .max : .min) : sum)
    }
}
