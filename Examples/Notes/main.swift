import Gatehouse
import Synchronization

// A small API on the library: notes that belong to whoever wrote them. Accounts (`/auth/*`, pages
// at `/account`), roles and ownership come with it; without a configuration they live in `./data`.

/// Where notes are kept.
final class NoteStore: Sendable {
    struct Note: Sendable {
        let id: Int
        let owner: String
        let text: [UInt8]
    }

    private let state = Mutex<[Int: Note]>([:])
    private static let notesMax = 10_000

    func add(_ text: [UInt8], owner: String) throws(Rejection) -> Note {
        let note = state.withLock { notes -> Note? in
            guard notes.count < Self.notesMax else { return nil }
            let note = Note(id: notes.count + 1, owner: owner, text: text)
            notes[note.id] = note
            return note
        }
        guard let note else { throw Rejection(409, .conflict, detail: "store is full") }
        return note
    }

    /// A stranger's note is answered like one that does not exist.
    func note(_ id: Int, owner: String) throws(Rejection) -> Note {
        guard let note = state.withLock({ $0[id] }), note.owner == owner else {
            throw Rejection(404, .notFound)
        }
        return note
    }

    func list(owner: String) -> [Note] {
        state.withLock { $0.values.filter { $0.owner == owner } }.sorted { $0.id < $1.id }
    }

    func removeAll() { state.withLock { $0.removeAll() } }
}

func encode(_ notes: [NoteStore.Note]) -> [UInt8] {
    var json = JSONWriter()
    json.beginArray()
    for note in notes {
        json.beginObject()
        json.key("id")
        json.number(note.id)
        json.key("text")
        json.string(note.text.raw)
        json.endObject()
    }
    json.endArray()
    return json.finish()
}

/// What roles may do; `gatehouse user role ada@example.com --roles moderator` gives one.
let roles = [
    AccessPolicy.Role(name: "reader", permissions: ["notes:read"]),
    AccessPolicy.Role(name: "moderator", inherits: ["reader"], permissions: ["notes:purge"]),
    AccessPolicy.Role(name: "admin", inherits: ["moderator"]),
]

func declare(_ app: Application, _ store: NoteStore) {
    if app.configuration.roles.isEmpty { app.configuration.roles = roles }

    app.get("/", access: .anyone) { _ in .text("Notes: GET and POST /notes\n") }

    app.get("/notes", access: .signedIn) { request in
        .json(encode(store.list(owner: try request.caller.subject)))
    }

    app.post("/notes", access: .signedIn) { request in
        let text = try await request.body.collect()
        guard !text.isEmpty, text.count <= 4_096 else {
            throw Rejection(422, .invalidInput, detail: "text must have 1 to 4096 bytes")
        }
        let note = try store.add(text, owner: try request.caller.subject)
        return .json(encode([note]), status: 201)
    }

    app.get("/notes/{id}", access: .signedIn) { request in
        guard let id = request.parameter("id").flatMap(Int.init) else {
            throw Rejection(404, .notFound)
        }
        return .json(encode([try store.note(id, owner: try request.caller.subject)]))
    }

    // Whose notes they are stands in the path: a stranger gets the 404 of what does not exist, and
    // the handler never runs for him.
    var own = ObjectRule()
    own.owner = .path("userId")
    own.exceptRoles = ["moderator"]
    app.on(.get, "/users/{userId}/notes", access: .signedIn, object: own) { request in
        .json(encode(store.list(owner: request.parameter("userId") ?? "")))
    }

    app.delete("/notes", access: .permissions(["notes:purge"])) { _ in
        store.removeAll()
        return .status(204)
    }
}

do throws(StartError) {
    let app = try Application(arguments: CommandLine.arguments)
    declare(app, NoteStore())
    try app.run()
} catch {
    error.endProgram()
}
