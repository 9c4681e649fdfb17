import CPostgreSQL
import Glibc

/// One connection to a PostgreSQL server. Used by one thread at a time: whoever took it from its
/// pool.
@safe final class PostgreSQLConnection: SQLConnection, @unchecked Sendable {
    private let handle: OpaquePointer

    /// Types of columns, by PostgreSQL's numbers.
    private static let bytea: Oid = 17
    private static let integers: Set<Oid> = [20, 21, 23, 1_700]

    /// Connects; the server cancels statements and waits for locks that take longer than these.
    init(url: String, statementMilliseconds: Int, lockMilliseconds: Int) throws(DatabaseError) {
        guard let handle = unsafe PQconnectdb(url) else { throw .unavailable("no memory") }
        guard unsafe PQstatus(handle) == CONNECTION_OK else {
            // libpq names host and port, and never the password.
            let why = unsafe String(cString: PQerrorMessage(handle)).split(separator: "\n").first
            unsafe PQfinish(handle)
            throw .unavailable(String(why ?? "no connection"))
        }
        unsafe self.handle = unsafe handle
        unsafe PQsetNoticeProcessor(handle, { _, _ in }, nil)
        // Numbers of the program, written as such: SET takes no parameters.
        try run(SQLStatement(stringLiteral: "SET statement_timeout = \(statementMilliseconds)"))
        try run(SQLStatement(stringLiteral: "SET lock_timeout = \(lockMilliseconds)"))
    }

    deinit { unsafe PQfinish(handle) }

    /// Whether the connection can still be used.
    var isUsable: Bool { unsafe PQstatus(handle) == CONNECTION_OK }

    func rows(_ statement: SQLStatement) throws(DatabaseError) -> [SQLRow] {
        try execute(statement).rows
    }

    @discardableResult
    func run(_ statement: SQLStatement) throws(DatabaseError) -> Int {
        try execute(statement).changed
    }

    private func execute(
        _ statement: SQLStatement
    ) throws(DatabaseError) -> (rows: [SQLRow], changed: Int) {
        let (text, values) = statement.rendered(blobType: "BYTEA") { "$\($0)" }
        let parameters = PostgreSQLParameters(values)
        let result = unsafe PQexecParams(
            handle, text, Int32(values.count), nil, parameters.pointers, parameters.lengths,
            parameters.formats, 0)
        defer { unsafe PQclear(result) }
        switch unsafe PQresultStatus(result) {
        case PGRES_COMMAND_OK:
            let count = unsafe String(cString: PQcmdTuples(result))
            return ([], Int(count) ?? 0)
        case PGRES_TUPLES_OK:
            let found = unsafe rows(of: result)
            let count = unsafe String(cString: PQcmdTuples(result))
            return (found, Int(count) ?? found.count)
        default: throw unsafe failure(result)
        }
    }

    private func rows(of result: OpaquePointer?) -> [SQLRow] {
        let columns = unsafe PQnfields(result)
        let names = (0..<columns).map { unsafe String(cString: PQfname(result, $0)) }
        return (0..<(unsafe PQntuples(result))).map { row in
            SQLRow(
                names: names,
                values: (0..<columns).map { unsafe Self.value(result, row, $0) })
        }
    }

    private static func value(_ result: OpaquePointer?, _ row: Int32, _ column: Int32) -> SQLValue {
        if unsafe PQgetisnull(result, row, column) == 1 { return .null }
        guard let start = unsafe PQgetvalue(result, row, column) else { return .null }
        let text = unsafe String(cString: start)
        let type = unsafe PQftype(result, column)
        if integers.contains(type), let number = Int64(text) { return .integer(number) }
        guard type == bytea else { return .text(text) }
        // `\\x` and two hexadecimal digits a byte.
        let digits = Array(text.utf8.dropFirst(2))
        return .blob(
            stride(from: 0, to: digits.count - 1, by: 2).map { index in
                nibble(digits[index]) << 4 | nibble(digits[index + 1])
            })
    }

    private static func nibble(_ digit: UInt8) -> UInt8 {
        digit < 0x3A ? digit &- 0x30 : digit &- 0x57
    }

    /// An error by its SQLSTATE; the server's texts quote values and stay out.
    private func failure(_ result: OpaquePointer?) -> DatabaseError {
        guard let field = unsafe PQresultErrorField(result, Int32(UInt8(ascii: "C"))) else {
            return .unavailable("the connection broke")
        }
        let state = unsafe String(cString: field)
        switch state {
        case "40001", "40P01": return .conflict
        case "53100": return .full
        case "25006": return .readOnly
        case "55P03", "57014": return .unavailable("a statement took too long")
        default: break
        }
        switch state.prefix(2) {
        case "23": return .constraint
        case "08", "53", "57", "58": return .unavailable("PostgreSQL \(state)")
        case "XX": return .corrupt("PostgreSQL \(state)")
        default: return .unexpected("PostgreSQL \(state)")
        }
    }
}

/// Values as libpq takes them: numbers and texts as text, bytes as they are.
@safe private final class PostgreSQLParameters {
    private(set) var pointers: [UnsafePointer<CChar>?] = unsafe []
    private(set) var lengths: [Int32] = []
    private(set) var formats: [Int32] = []

    init(_ values: [SQLValue]) {
        for value in values {
            switch value {
            case .null: unsafe append(nil, 0, isBinary: false)
            case .integer(let number): append(Array("\(number)".utf8), isBinary: false)
            case .text(let text): append(Array(text.utf8), isBinary: false)
            case .blob(let bytes): append(bytes, isBinary: true)
            }
        }
    }

    deinit {
        for index in lengths.indices {
            unsafe free(UnsafeMutablePointer(mutating: pointers[index]))
        }
    }

    private func append(_ bytes: [UInt8], isBinary: Bool) {
        let copy = unsafe malloc(bytes.count + 1)
        guard let start = unsafe copy?.assumingMemoryBound(to: CChar.self) else {
            preconditionFailure("no memory")
        }
        for (index, byte) in bytes.enumerated() { unsafe start[index] = CChar(bitPattern: byte) }
        unsafe start[bytes.count] = 0
        unsafe append(UnsafePointer(start), Int32(bytes.count), isBinary: isBinary)
    }

    private func append(_ pointer: UnsafePointer<CChar>?, _ length: Int32, isBinary: Bool) {
        unsafe pointers.append(pointer)
        lengths.append(length)
        formats.append(isBinary ? 1 : 0)
    }
}
