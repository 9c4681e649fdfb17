// What binding costs: the same queries by hand on SQLite's and libpq's C functions, and through
// `SQLStatement`. Prints nanoseconds a query and the ratio; run it by `Benchmarks/sql/run`.
import CPostgreSQL
import CSQLite
import GatehouseCore
@testable import GatehouseStorage
import Glibc

let rounds = 15

/// What this thread computed so far, in nanoseconds: a busy machine does not change it much.
func computed() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// Both in turn, the quickest round of each: what disturbs a round only makes it slower.
func compare(
    _ name: String, _ count: Int, _ byHand: () throws -> Int, _ bound: () throws -> Int
) rethrows {
    var best = (hand: Double.infinity, bound: Double.infinity)
    for _ in 0..<rounds {
        let start = computed()
        let one = try byHand()
        let middle = computed()
        let two = try bound()
        let end = computed()
        precondition(one == two && one > 0)
        best.hand = min(best.hand, (middle - start) / Double(count))
        best.bound = min(best.bound, (end - middle) / Double(count))
    }
    print(
        "\(name): by hand \(Int(best.hand)) ns, bound \(Int(best.bound)) ns, ratio "
            + "\(rounded(best.bound / best.hand))")
}

func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

struct DirectRow {
    let id: Int64
    let owner: String
    let title: String
    let made: Int64
}

func text(_ statement: OpaquePointer?, _ column: Int32) -> String {
    let count = Int(sqlite3_column_bytes(statement, column))
    return String(
        decoding: UnsafeBufferPointer(start: sqlite3_column_text(statement, column), count: count),
        as: UTF8.self)
}

/// A connection and a prepared statement, as one writes it without a layer.
struct ByHand {
    var handle: OpaquePointer?
    var statement: OpaquePointer?

    init(_ path: String, _ sql: String) {
        let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX
        precondition(sqlite3_open_v2(path, &handle, flags, nil) == SQLITE_OK)
        precondition(sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK)
    }

    func run(_ count: Int, inTransaction: Bool) -> Int {
        if inTransaction { sqlite3_exec(handle, "BEGIN", nil, nil, nil) }
        var sum = 0
        for index in 0..<count {
            let owner = "owner \(index % 1_000)x"
            sqlite3_bind_int64(statement, 1, Int64(index % 10_000))
            gh_sqlite3_bind_text(statement, 2, owner, UInt64(owner.utf8.count))
            var rows: [DirectRow] = []
            while sqlite3_step(statement) == SQLITE_ROW {
                rows.append(
                    DirectRow(
                        id: sqlite3_column_int64(statement, 0), owner: text(statement, 1),
                        title: text(statement, 2), made: sqlite3_column_int64(statement, 3)))
            }
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
            for row in rows { sum += Int(row.id) + row.title.utf8.count }
        }
        if inTransaction { sqlite3_exec(handle, "COMMIT", nil, nil, nil) }
        return sum
    }
}

func sum(_ rows: [SQLRow]) throws -> Int {
    var sum = 0
    for row in rows { sum += Int(try row.integer("id")) + (try row.text("title")).utf8.count }
    return sum
}

func one(_ index: Int) -> SQLStatement {
    """
    SELECT id, owner, title, made FROM notes WHERE id = \(index % 10_000) AND owner <> \
    \("owner \(index % 1_000)x")
    """
}

func many(_ index: Int) -> SQLStatement {
    """
    SELECT id, owner, title, made FROM notes WHERE id >= \(index % 10_000) AND owner <> \
    \("owner \(index % 1_000)x") ORDER BY id LIMIT 20
    """
}

let folder = CommandLine.arguments[1]
let path = folder + "/notes.db"
let database = try SQLiteDatabase(path: path)
try database.transaction { connection in
    try connection.run(
        "CREATE TABLE notes (id BIGINT PRIMARY KEY, owner TEXT, title TEXT, made BIGINT)")
    for start in stride(from: 0, to: 10_020, by: 501) {
        let rows = (start..<start + 501).map {
            SQLTuple($0, "owner \($0 % 1_000)", "a title of some length, number \($0)", $0)
        }
        try connection.run("INSERT INTO notes (id, owner, title, made) VALUES \(rows: rows)")
    }
}

let columns = "SELECT id, owner, title, made FROM notes WHERE "
let shapes: [(String, String, (Int) -> SQLStatement, Int)] = [
    ("one row", columns + "id = ? AND owner <> ?", one, 100_000),
    ("20 rows", columns + "id >= ? AND owner <> ? ORDER BY id LIMIT 20", many, 20_000),
]
let alone = try SQLiteConnection(
    path: path, isReadOnly: true, limits: SQLLimits(), interruption: Interruption())
for (name, sql, statement, count) in shapes {
    let byHand = ByHand(path, sql)
    try compare("SQLite, \(name), many in one transaction", count) {
        byHand.run(count, inTransaction: true)
    } _: {
        try database.read { connection in
            var total = 0
            for index in 0..<count { total += try sum(try connection.rows(statement(index))) }
            return total
        }
    }
    try compare("SQLite, \(name), each by itself", count) {
        byHand.run(count, inTransaction: false)
    } _: {
        var total = 0
        for index in 0..<count { total += try sum(try alone.rows(statement(index))) }
        return total
    }
    let db = try await SQLDatabase.sqlite(path)
    let start = MonotonicTime.now
    for index in 0..<count / 20 { _ = try sum(try await db.query(statement(index))) }
    let waited = Double((MonotonicTime.now - start).nanoseconds) / Double(count / 20)
    print("SQLite, \(name), `await` on another thread: \(Int(waited)) ns of time")
    db.close()
}

guard CommandLine.arguments.count > 2 else { exit(0) }
let address = CommandLine.arguments[2]
let server = try PostgreSQLDatabase(url: address)
try server.transaction { connection in
    try connection.run(
        "CREATE TABLE notes (id BIGINT PRIMARY KEY, owner TEXT, title TEXT, made BIGINT)")
    let rows = (0..<5_000).map { SQLTuple($0, "owner \($0 % 1_000)", "a title, number \($0)", $0) }
    try connection.run("INSERT INTO notes (id, owner, title, made) VALUES \(rows: rows)")
}
let line = PQconnectdb(address)
precondition(PQstatus(line) == CONNECTION_OK)
PQclear(PQprepare(line, "one", columns + "id = $1 AND owner <> $2", 0, nil))
try compare("PostgreSQL, one row, many in one transaction", 2_000) {
    PQclear(PQexec(line, "BEGIN"))
    var total = 0
    for index in 0..<2_000 {
        let (id, owner) = ("\(index)", "owner \(index % 1_000)x")
        let result = id.withCString { id in
            owner.withCString { owner in
                var values: [UnsafePointer<CChar>?] = [id, owner]
                return PQexecPrepared(line, "one", 2, &values, nil, nil, 0)
            }
        }
        total += index + String(cString: PQgetvalue(result, 0, 2)).utf8.count
        PQclear(result)
    }
    PQclear(PQexec(line, "COMMIT"))
    return total
} _: {
    try server.read { connection in
        var total = 0
        for index in 0..<2_000 { total += try sum(try connection.rows(one(index))) }
        return total
    }
}
