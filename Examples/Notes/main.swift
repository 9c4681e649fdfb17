import Gatehouse

// A small API on the library: notes that belong to whoever wrote them. Accounts (`/auth/*`, pages
// at `/account`), roles and ownership come with it; without a configuration they live in `./data`.

/// What roles may do; `gatehouse user role ada@example.com --roles moderator` gives one.
let roles = [
    AccessPolicy.Role(name: "reader", permissions: ["notes:read"]),
    AccessPolicy.Role(name: "moderator", inherits: ["reader"], permissions: ["notes:purge"]),
    AccessPolicy.Role(name: "admin", inherits: ["moderator"]),
]

func encode(_ notes: [Note]) -> [UInt8] {
    var json = JSONWriter()
    json.beginArray()
    for note in notes {
        json.beginObject()
        json.key("id")
        json.number(note.id)
        json.key("text")
        json.string(note.text)
        json.endObject()
    }
    json.endArray()
    return json.finish()
}

func declare(_ app: Application, _ store: NoteStore) throws {
    if app.configuration.roles.isEmpty { app.configuration.roles = roles }

    app.get("/", access: .anyone) { _ in .text("Notes: GET and POST /notes\n") }

    // Parameters are text; what the schema lets through is what the handler gets.
    let list = try ParametersSchema(query: ListParameters.query)
    app.get("/notes", access: .signedIn, parameters: list) { (request, wanted: ListParameters) in
        .json(
            encode(try await store.list(owner: try request.caller.subject, wanted.query)))
    }

    // The handler gets what the schema let through, and never the body.
    app.post("/notes", access: .signedIn, body: try NewNote.schema.compiled()) {
        (request, new: NewNote) in
        let note = try await store.add(
            new.text, owner: try request.caller.subject, at: request.receivedAt)
        return .json(encode([note]), status: 201)
    }

    let one = try ParametersSchema(path: NoteParameters.path)
    app.get("/notes/{id}", access: .signedIn, parameters: one) { (request, note: NoteParameters) in
        .json(
            encode([try await store.note(note.path.id, owner: try request.caller.subject)]))
    }

    // Whose notes they are stands in the path: a stranger gets the 404 of what does not exist, and
    // the handler never runs for him.
    var own = ObjectRule()
    own.owner = .path("userId")
    own.exceptRoles = ["moderator"]
    app.on(.get, "/users/{userId}/notes", access: .signedIn, parameters: list, object: own) {
        (request, wanted: ListParameters) in
        .json(encode(try await store.list(owner: request.parameter("userId") ?? "", wanted.query)))
    }

    app.delete("/notes", access: .permissions(["notes:purge"])) { _ in
        try await store.removeAll()
        return .status(204)
    }
}

do {
    let app = try Application(arguments: CommandLine.arguments)
    try declare(app, try await NoteStore(path: try app.dataFolder() + "/notes.db"))
    try app.run()
} catch let error as StartError {
    error.endProgram()
} catch {
    StartError("\(error)").endProgram()
}
