import TestSupport
import Testing

@testable import GatehouseStorage

private enum NoteColumn: String, SQLIdentifier { case id, title, madeAt }
private enum Hostile: String, SQLIdentifier { case attack = "id; DROP TABLE notes" }
private enum Color: String, SQLScalar { case red }

/// A type that only looks like an enumeration: its raw value is any text.
private struct Smuggled: SQLIdentifier {
    let rawValue: String
    static var allCases: [Smuggled] { [Smuggled(rawValue: "id")] }
}

@Suite struct SQLStatementTests {
    private func texts(_ statement: SQLStatement) -> (sqlite: String, postgreSQL: String) {
        (statement.rendered(.sqlite), statement.rendered(.postgreSQL))
    }

    private func values(_ statement: SQLStatement) -> [SQLValue] {
        statement.parts.compactMap { if case .value(let value) = $0 { value } else { nil } }
    }

    @Test func `refuses names that no enumeration lists, and names that are no names`() {
        for statement: SQLStatement in [
            "SELECT \(identifier: Smuggled(rawValue: "id, password"))",
            "SELECT \(identifier: Hostile.attack)",
            "SELECT * FROM notes ORDER BY \(order: [.ascending(Hostile.attack)])",
        ] {
            #expect(throws: DatabaseError.refused("a name that is no plain identifier")) {
                try statement.check()
            }
            #expect(!statement.description.contains("DROP"))
            #expect(!statement.description.contains("password"))
        }
    }

    @Test func `refuses empty lists, orders and rows, and rows of different lengths`() {
        let none: [Int] = []
        let order: [SQLOrder<NoteColumn>] = []
        for statement: SQLStatement in [
            "SELECT 1 WHERE 1 IN \(list: none)", "SELECT 1 ORDER BY \(order: order)",
            "INSERT INTO notes VALUES \(rows: [])",
            "INSERT INTO notes VALUES \(rows: [SQLTuple(1, "a"), SQLTuple(2)])",
            "UPDATE notes SET \(.list([nil, nil]))",
            "SELECT 1 WHERE 1 IN \(list: Array(0...SQLStatement.valuesMax))",
        ] {
            #expect(throws: DatabaseError.self) { try statement.check() }
        }
    }

    @Test func `shows its text and never its values`() {
        let secret = "hunter2"
        let statement: SQLStatement =
            """
            UPDATE a SET b = \(secret) WHERE c IN \(list: [secret])
            AND d LIKE \(like: .prefix(secret))
            """
        var dumped = ""
        dump(statement, to: &dumped)
        for text in ["\(statement)", String(reflecting: statement), dumped, "\([statement])"] {
            #expect(!text.contains(secret))
        }
        #expect(statement.description.contains("UPDATE a SET b = ?"))
    }

    @Test func `binds every interpolation`() {
        let text = "'; DROP TABLE notes; --"
        let nothing: String? = nil
        let statement: SQLStatement = """
            SELECT * FROM notes WHERE id = \(7) AND title = \(text) AND data = \([1, 2] as [UInt8])
            AND a = \(nothing) AND b = \(true) AND c = \(0.5) AND d = \(Color.red)
            """
        #expect(
            values(statement) == [
                .integer(7), .text(text), .blob([1, 2]), .null, .integer(1), .double(0.5),
                .text("red"),
            ])
        #expect(!statement.description.contains("DROP"))
        #expect(texts("a = \(1) AND b = \(2)").postgreSQL == "a = $1 AND b = $2")
        #expect(texts("a = \(1) AND b = \(2)").sqlite == "a = ? AND b = ?")
    }

    @Test func `composes lists, patterns, conditions, orders and rows`() {
        let owner: String? = "ann"
        let term: String? = nil
        let wanted = SQLStatement.all([
            owner.map { "owner = \($0)" }, term.map { "title LIKE \(like: .contains($0))" },
            "\(NoteColumn.id, in: [1, 2])", "\(NoteColumn.title, notIn: ["x"])",
        ])
        let statement: SQLStatement = """
            SELECT \(identifiers: [NoteColumn.id, .madeAt]) FROM notes WHERE \(wanted)
            ORDER BY \(order: [.descending(NoteColumn.madeAt), .ascending(.id)]) LIMIT \(10)
            """
        #expect(
            texts(statement).postgreSQL == """
                SELECT "id", "madeAt" FROM notes WHERE ((owner = $1) AND ("id" IN ($2, $3)) AND \
                ("title" NOT IN ($4)))
                ORDER BY "madeAt" DESC, "id" ASC LIMIT $5
                """)
        #expect(texts(.all([])).sqlite == "(1 = 1)")
        #expect(texts("WHERE \(.all(["a = 1", nil]))").sqlite == "WHERE ((a = 1))")
        #expect(texts(.any([nil])).sqlite == "(1 = 0)")
        let none: [Int] = []
        #expect(texts("\(NoteColumn.id, in: none)").sqlite == "1 = 0")
        #expect(texts("\(NoteColumn.id, notIn: none)").sqlite == "1 = 1")
        #expect(
            texts("VALUES \(rows: [SQLTuple(1, "a"), SQLTuple(2, nil as String?)])").sqlite
                == "VALUES (?, ?), (?, ?)")
        #expect(values("a LIKE \(like: .contains(#"50%_\"#))") == [.text(#"%50\%\_\\%"#)])
    }

    @Test func `tells texts apart that bind alike, and knows one place again`() {
        func one(_ id: Int) -> SQLStatement { "SELECT a FROM b WHERE c = \(id)" }
        #expect(one(1).hasTextOf(one(2)))
        let list: (Int) -> SQLStatement = { "a IN \(list: Array(0...$0))" }
        #expect(!list(1).hasTextOf(list(2)))
        #expect(!SQLStatement("a = \(1)").hasTextOf("a = \(identifier: NoteColumn.id)"))
        #expect(
            !SQLStatement("\(identifier: NoteColumn.title)")
                .hasTextOf("\(identifier: NoteColumn.id)"))
    }

    /// What no test can call: it does not compile. The compiler itself says so.
    @Test(
        .enabled(if: SwiftCompiler.isInstalled, "no swiftc on PATH"),
        arguments: [
            ("let s: String = \"x\"; let q = SQLStatement(stringLiteral: s)", false),
            ("let s: String = \"x\"; let q: SQLStatement = s", false),
            ("let d = [\"id\": 1]; let q: SQLStatement = \"a = \\(d)\"", false),
            ("let a = [\"x\", \"y\"]; let q: SQLStatement = \"a = \\(a)\"", false),
            ("let a: Any = 1; let q: SQLStatement = \"a = \\(a)\"", false),
            ("let q: SQLStatement = \"ORDER BY \\(identifier: \"name\")\"", false),
            ("let q: SQLStatement = \"a = \" + String(1)", false),
            ("let d: [String: String] = [:]; let t = SQLTuple(d)", false),
            ("let s: String = \"x\"; let q: SQLStatement = \"a = \\(s)\"", true),
            ("let q: SQLStatement = \"SELECT 1\"", true),
        ])
    func `a text made at run time, an object and a list do not compile`(
        _ code: String, _ compiles: Bool
    ) throws {
        let outcome = try SwiftCompiler.check("import GatehouseStorage\n\(code)\n")
        #expect(outcome.compiles == compiles, "\(code)\n\(outcome.messages)")
    }
}
