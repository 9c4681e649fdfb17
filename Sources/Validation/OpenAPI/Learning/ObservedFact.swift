/// Something that a value was, as a number: a kind, a class of text, or the magnitude of a number,
/// length or count. Magnitudes are powers of two: no value can be read back from one.
enum ObservedFact {
    /// A JSON value's kind; whole numbers are told from others.
    enum Kind: UInt16, CaseIterable {
        case null, boolean, integer, number, string, array, object

        var name: String {
            switch self {
            case .null: "null"
            case .boolean: "boolean"
            case .integer: "integer"
            case .number: "number"
            case .string: "string"
            case .array: "array"
            case .object: "object"
            }
        }
    }

    /// What is counted in magnitudes.
    enum Measure: UInt16 {
        case length = 100
        case items = 200
        case members = 300
        case number = 1_000
    }

    /// There was more than is kept.
    static let truncated: UInt16 = 10
    /// A parameter was there several times.
    static let repeated: UInt16 = 11
    /// A body was too long to be looked at, or is of a type that is not.
    static let unread: UInt16 = 12
    private static let classes: UInt16 = 20

    static func kind(_ kind: Kind) -> UInt16 { kind.rawValue }
    static func textClass(_ name: TextClass) -> UInt16 { classes + name.rawValue }

    /// The magnitude of what no 64 bits hold.
    static let magnitudeMax = 65

    static func measure(_ measure: Measure, _ magnitude: Int) -> UInt16 {
        UInt16(Int(measure.rawValue) + min(max(magnitude, -magnitudeMax), magnitudeMax))
    }

    /// Whether a fact is one of those that a program of this version writes.
    static func isKnown(_ code: UInt16) -> Bool {
        switch code {
        case 0...6, 10...12, 20...28, 100...165, 200...265, 300...365, 935...1_065: true
        default: false
        }
    }

    /// 0 for 0, and n for 2ⁿ⁻¹ to 2ⁿ - 1; below zero as above.
    static func magnitude(_ value: Int64) -> Int {
        let size = Int64.bitWidth - value.magnitude.leadingZeroBitCount
        return value < 0 ? -size : size
    }

    /// The magnitude of the next whole number away from zero.
    static func magnitude(_ value: Double) -> Int {
        let whole = value.rounded(.awayFromZero)
        guard let exact = Int64(exactly: whole) else {
            return value < 0 ? -magnitudeMax : magnitudeMax
        }
        return magnitude(exact)
    }
}
