import Gatehouse

/// A note as it is kept and shown.
struct Note: Codable, Sendable {
    var id: Int
    var text: String
    var made: Int
}

/// What a client may say of a new note.
struct NewNote: Decodable, Sendable {
    var text: String

    static let schema = Schema.object {
        Field("text", .string.trimmed().length(1...4_096).required())
    }
}

/// Which notes a client wants to see.
struct ListParameters: Decodable, Sendable {
    struct Query: Decodable, Sendable {
        var search: String?
        var sort: NoteColumn
        var limit: Int
        var offset: Int
    }
    var query: Query

    static let query = Schema.object {
        Field("search", .string.length(1...200))
        Field("sort", .string.valid("id", "text", "made").defaulting(to: "id"))
        Field("limit", .integer(in: 1...100).defaulting(to: 100))
        Field("offset", .integer(in: 0...1_000_000).defaulting(to: 0))
    }
}

/// Which note.
struct NoteParameters: Decodable, Sendable {
    struct Path: Decodable, Sendable { var id: Int }
    var path: Path

    static let path = Schema.object { Field("id", .integer.min(1).required()) }
}

/// What notes may be sorted by: names of columns come from here and nowhere else.
enum NoteColumn: String, SQLIdentifier, Decodable {
    case id
    case text
    case made
}

/// The notes of all owners, in SQLite. Every value is bound: there is no text to break out of.
struct NoteStore: Sendable {
    private let database: SQLDatabase

    init(path: String) async throws {
        database = try await SQLDatabase.sqlite(path)
        try await database.migrate(
            Migrations(
                "notes",
                [
                    [
                        """
                        CREATE TABLE notes (id \(.generatedKey), owner TEXT NOT NULL,
                            text TEXT NOT NULL, made BIGINT NOT NULL)
                        """,
                        "CREATE INDEX notes_owner ON notes (owner)",
                    ]
                ]))
    }

    func add(_ text: String, owner: String, at time: WallTime) async throws -> Note {
        let made = try await database.query(
            """
            INSERT INTO notes (owner, text, made) VALUES (\(owner), \(text), \(time.seconds))
            RETURNING id, text, made
            """, as: Note.self)
        guard let note = made.first else { throw Rejection(500, .internalError) }
        return note
    }

    /// A stranger's note is answered like one that does not exist.
    func note(_ id: Int, owner: String) async throws -> Note {
        let found = try await database.query(
            "SELECT id, text, made FROM notes WHERE id = \(id) AND owner = \(owner)",
            as: Note.self)
        guard let note = found.first else { throw Rejection(404, .notFound) }
        return note
    }

    func list(owner: String, _ query: ListParameters.Query) async throws -> [Note] {
        let wanted = SQLStatement.all([
            "owner = \(owner)", query.search.map { "text LIKE \(like: .contains($0))" },
        ])
        return try await database.query(
            """
            SELECT id, text, made FROM notes WHERE \(wanted)
            ORDER BY \(order: [.ascending(query.sort)])
            LIMIT \(query.limit) OFFSET \(query.offset)
            """, as: Note.self)
    }

    func removeAll() async throws { try await database.execute("DELETE FROM notes") }
}
