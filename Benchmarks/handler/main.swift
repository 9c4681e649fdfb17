import Gatehouse

// What `make bench` measures of the library: the same checks as the gateway's configuration, with
// handlers in Swift. Started as `GatehouseHandler --config FILE`.

/// The guide's user.
struct NewUser: Decodable, Sendable {
    var email: String
    var password: String
    var age: Int
    var name: String
    var bio: String?

    static let schema = Schema.object {
        Field("email", .string.email().length(3...254).required())
        Field(
            "password",
            .string.length(8...128)
                .pattern("^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[!@#$%^&*])").required())
        Field("age", .integer(in: 18...120).required())
        Field("name", .string.length(1...50).required())
        Field("bio", .string.length(0...200))
    }
}

do {
    let app = try Application(arguments: CommandLine.arguments)
    let mayWrite = AccessRule.roles(["admin", "moderator"])
    app.post("/api/users", access: mayWrite, body: try NewUser.schema.compiled()) {
        (_, user: NewUser) in
        var json = JSONWriter()
        json.beginObject()
        json.key("id" as StaticString)
        json.number(1_001)
        json.key("email" as StaticString)
        json.string(user.email)
        json.key("age" as StaticString)
        json.number(user.age)
        json.key("name" as StaticString)
        json.string(user.name)
        json.endObject()
        return .json(json.finish(), status: 201)
    }
    try app.run()
} catch let error as StartError {
    error.endProgram()
} catch {
    StartError("\(error)").endProgram()
}
