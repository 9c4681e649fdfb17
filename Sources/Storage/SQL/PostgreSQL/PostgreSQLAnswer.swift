import CPostgreSQL

/// An error of the server: its SQLSTATE, without its texts, which quote values.
struct PostgreSQLFailure: Sendable {
    let state: String
    /// The server ended the connection with it.
    let isFatal: Bool
    let error: DatabaseError

    init(state: String, isFatal: Bool, error: DatabaseError) {
        self.state = state
        self.isFatal = isFatal
        self.error = error
    }

    init(state: String, isFatal: Bool) {
        self.init(state: state, isFatal: isFatal, error: Self.error(state))
    }

    var endsConnection: Bool { isFatal || state.isEmpty }
    /// The server knows a prepared statement no more, or its tables changed: it has to be prepared
    /// anew.
    var asksToPrepareAgain: Bool { state == "0A000" || state == "26000" }

    private static func error(_ state: String) -> DatabaseError {
        switch state {
        case "": return .unavailable("the connection to PostgreSQL broke")
        case "40001", "40P01": return .conflict
        case "40003": return .commitUnknown
        case "53100": return .full
        case "25006": return .readOnly
        case "55P03", "57014": return .unavailable("a statement took too long")
        default: break
        }
        switch state.prefix(2) {
        case "23": return .constraint
        case "22": return .refused("a value that does not fit (PostgreSQL \(state))")
        case "08", "53", "57", "58": return .unavailable("PostgreSQL \(state)")
        case "XX": return .corrupt("PostgreSQL \(state)")
        default: return .unexpected("PostgreSQL \(state)")
        }
    }
}

/// One result of libpq.
@safe final class PostgreSQLAnswer {
    private let result: OpaquePointer

    enum Status {
        case row
        case done(command: String, changed: Int)
        case failed(PostgreSQLFailure)
        /// A protocol within the protocol, which we do not speak.
        case foreign
    }

    /// Types of columns, by PostgreSQL's numbers.
    private enum Kind {
        static let bool: Oid = 16
        static let bytes: Oid = 17
        static let integers: Set<Oid> = [20, 21, 23, 26]
        static let numeric: Oid = 1_700
        static let floats: Set<Oid> = [700, 701]
    }

    /// Takes over a result.
    init(unsafe result: OpaquePointer) { unsafe self.result = unsafe result }

    deinit { unsafe PQclear(result) }

    var status: Status {
        switch unsafe PQresultStatus(result) {
        case PGRES_SINGLE_TUPLE: .row
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            unsafe .done(
                command: String(cString: PQcmdStatus(result)),
                changed: Int(String(cString: PQcmdTuples(result))) ?? 0)
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: .foreign
        default: .failed(failure)
        }
    }

    private var failure: PostgreSQLFailure {
        let severity = field("V")
        return PostgreSQLFailure(
            state: field("C"), isFatal: severity == "FATAL" || severity == "PANIC")
    }

    private func field(_ code: Unicode.Scalar) -> String {
        guard let text = unsafe PQresultErrorField(result, Int32(code.value)) else { return "" }
        return unsafe String(cString: text)
    }

    /// Names of the columns.
    var names: [String] {
        (0..<(unsafe PQnfields(result))).map { unsafe String(cString: PQfname(result, $0)) }
    }

    /// Adds the row's values, and how many bytes they are.
    func values(into values: inout [SQLValue], bytes: inout Int) {
        for column in 0..<(unsafe PQnfields(result)) {
            guard unsafe PQgetisnull(result, 0, column) == 0,
                let start = unsafe PQgetvalue(result, 0, column)
            else {
                values.append(.null)
                continue
            }
            bytes += Int(unsafe PQgetlength(result, 0, column))
            values.append(
                Self.value(unsafe String(cString: start), unsafe PQftype(result, column)))
        }
    }

    private static func value(_ text: String, _ type: Oid) -> SQLValue {
        switch type {
        case Kind.bool: return .integer(text == "t" ? 1 : 0)
        case Kind.bytes: return .blob(bytes(ofHexadecimal: text))
        case Kind.numeric: return Int64(text).map { .integer($0) } ?? .text(text)
        default: break
        }
        if Kind.integers.contains(type), let number = Int64(text) { return .integer(number) }
        if Kind.floats.contains(type), let number = double(text) { return .double(number) }
        return .text(text)
    }

    private static func double(_ text: String) -> Double? {
        switch text {
        case "Infinity": .infinity
        case "-Infinity": -.infinity
        case "NaN": .nan
        default: Double(text)
        }
    }

    /// `\x` and two hexadecimal digits a byte.
    private static func bytes(ofHexadecimal text: String) -> [UInt8] {
        let digits = Array(text.utf8.dropFirst(2))
        return stride(from: 0, to: digits.count - 1, by: 2).map { index in
            nibble(digits[index]) << 4 | nibble(digits[index + 1])
        }
    }

    private static func nibble(_ digit: UInt8) -> UInt8 {
        digit < 0x3A ? digit &- 0x30 : digit &- 0x57
    }
}
