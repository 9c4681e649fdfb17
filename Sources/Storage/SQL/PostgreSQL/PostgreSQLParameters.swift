import Glibc

/// Values as libpq takes them: numbers and texts as text, bytes as they are.
@safe final class PostgreSQLParameters {
    private(set) var pointers: [UnsafePointer<CChar>?] = unsafe []
    private(set) var lengths: [Int32] = []
    private(set) var formats: [Int32] = []
    private let storage: UnsafeMutablePointer<CChar>

    /// Most bytes of all values together.
    private static let bytesMax = 256 << 20

    /// Copies the values of a statement.
    /// - Throws: `refused` for text with a zero byte, at which PostgreSQL would end it, and for
    ///   too much of everything.
    init(_ statement: SQLStatement) throws(DatabaseError) {
        var texts: [[UInt8]?] = []
        var total = 0
        for part in statement.parts {
            guard case .value(let value) = part else { continue }
            if case .text(let text) = value, text.hasZeroByte {
                throw .refused("text with a zero byte")
            }
            let bytes = Self.bytes(value)
            total += (bytes?.count ?? 0) + 1
            texts.append(bytes)
            if case .blob = value { formats.append(1) } else { formats.append(0) }
        }
        guard total <= Self.bytesMax else { throw .refused("values that are too large") }
        unsafe storage = .allocate(capacity: max(total, 1))
        var next = 0
        for bytes in texts {
            guard let bytes else {
                unsafe pointers.append(nil)
                lengths.append(0)
                continue
            }
            let start = unsafe storage + next
            for (index, byte) in bytes.enumerated() {
                unsafe start[index] = CChar(bitPattern: byte)
            }
            unsafe start[bytes.count] = 0
            unsafe pointers.append(UnsafePointer(start))
            lengths.append(Int32(bytes.count))
            next += bytes.count + 1
        }
    }

    deinit { unsafe storage.deallocate() }

    var count: Int32 { Int32(lengths.count) }

    private static func bytes(_ value: SQLValue) -> [UInt8]? {
        switch value {
        case .null: nil
        case .integer(let number): Array("\(number)".utf8)
        case .double(let number): Array(text(number).utf8)
        case .text(let text): Array(text.utf8)
        case .blob(let bytes): bytes
        }
    }

    private static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        return "\(number)"
    }
}
