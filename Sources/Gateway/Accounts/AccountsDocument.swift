import GatehouseCore

/// The OpenAPI 3.1 document of `/auth/*`, written once.
enum AccountsDocument {
    /// One operation: what it takes, and what it answers.
    private struct Operation {
        let method: StaticString
        let path: String
        let summary: String
        var needsSession = true
        /// Members of the body; `?` at the end of a name for those that may be left out.
        var takes: [String] = []
        /// Statuses, with the name of the schema of a success.
        let gives: [(Int, String?)]
        var parameters: [String] = []
    }

    /// As JSON.
    static let json: [UInt8] = write()

    private static let deliver = "deliver?"

    private static let operations: [Operation] = [
        Operation(
            method: "post", path: "/auth/register", summary: "Make an account", needsSession: false,
            takes: ["email", "password", "name?"],
            gives: [(202, "Accepted"), (403, nil), (422, nil)]),
        Operation(
            method: "post", path: "/auth/confirm", summary: "Confirm an address by its mail",
            needsSession: false, takes: ["token"], gives: [(204, nil)]),
        Operation(
            method: "post", path: "/auth/confirm/resend", summary: "Send the confirmation again",
            needsSession: false, takes: ["email"], gives: [(202, "Accepted"), (422, nil)]),
        Operation(
            method: "post", path: "/auth/login", summary: "Sign in", needsSession: false,
            takes: ["email", "password", deliver],
            gives: [(200, "SignIn"), (401, nil), (403, nil)]),
        Operation(
            method: "post", path: "/auth/login/factor", summary: "The second step of a sign-in",
            needsSession: false, takes: ["challenge", "code", deliver],
            gives: [(200, "Tokens"), (401, nil)]),
        Operation(
            method: "post", path: "/auth/login/enrol",
            summary: "Begin the enrolment that a sign-in waits for", needsSession: false,
            takes: ["challenge"], gives: [(200, "Enrolment"), (401, nil), (409, nil)]),
        Operation(
            method: "post", path: "/auth/login/enrol/confirm",
            summary: "End the enrolment that a sign-in waits for", needsSession: false,
            takes: ["challenge", "code", deliver], gives: [(200, "Tokens"), (401, nil)]),
        Operation(
            method: "post", path: "/auth/refresh", summary: "New tokens for a refresh token",
            needsSession: false, takes: ["refresh_token?"], gives: [(200, "Tokens"), (401, nil)]),
        Operation(
            method: "post", path: "/auth/password/forgot", summary: "Ask for a new password",
            needsSession: false, takes: ["email"], gives: [(202, "Accepted"), (422, nil)]),
        Operation(
            method: "post", path: "/auth/password/reset", summary: "Set a new password by a link",
            needsSession: false, takes: ["token", "password", deliver],
            gives: [(200, "SignIn"), (422, nil)]),
        Operation(
            method: "post", path: "/auth/email/confirm", summary: "Confirm a new address",
            needsSession: false, takes: ["token"], gives: [(204, nil), (409, nil)]),
        Operation(
            method: "post", path: "/auth/setup", summary: "Use a set-up link", needsSession: false,
            takes: ["token", "password", "email?", deliver],
            gives: [(200, "SignIn"), (409, nil), (422, nil)]),
        Operation(
            method: "get", path: "/auth/me", summary: "The caller's account",
            gives: [(200, "Profile")]),
        Operation(
            method: "delete", path: "/auth/me", summary: "Delete the caller's account",
            takes: ["password", "code?"], gives: [(204, nil)]),
        Operation(method: "post", path: "/auth/logout", summary: "Sign out", gives: [(204, nil)]),
        Operation(
            method: "post", path: "/auth/logout-all", summary: "End all sessions",
            gives: [(204, nil)]),
        Operation(
            method: "put", path: "/auth/password", summary: "Change the password",
            takes: ["current_password", "new_password", "code?"], gives: [(204, nil), (422, nil)]),
        Operation(
            method: "put", path: "/auth/email", summary: "Change the address",
            takes: ["email", "password", "code?"], gives: [(202, "Accepted"), (422, nil)]),
        Operation(
            method: "get", path: "/auth/sessions", summary: "The caller's sessions",
            gives: [(200, "Sessions")]),
        Operation(
            method: "delete", path: "/auth/sessions/{id}", summary: "End one session",
            gives: [(204, nil), (404, nil)], parameters: ["id"]),
        Operation(
            method: "post", path: "/auth/factors/totp", summary: "Begin to add a second factor",
            takes: ["password", "kind?"], gives: [(200, "Enrolment"), (409, nil)]),
        Operation(
            method: "post", path: "/auth/factors/totp/confirm", summary: "Show its first code",
            takes: ["code"], gives: [(200, "RecoveryCodes")]),
        Operation(
            method: "delete", path: "/auth/factors/totp", summary: "Remove the second factor",
            takes: ["password", "code?"], gives: [(204, nil), (404, nil), (409, nil)]),
        Operation(
            method: "post", path: "/auth/factors/recovery-codes", summary: "New recovery codes",
            takes: ["password", "code?"], gives: [(200, "RecoveryCodes"), (404, nil)]),
        Operation(
            method: "post", path: "/auth/step-up", summary: "Prove the caller anew",
            takes: ["password?", "code?"], gives: [(200, "Tokens")]),
        Operation(
            method: "get", path: "/auth/keys", summary: "The caller's API keys",
            gives: [(200, "Keys")]),
        Operation(
            method: "post", path: "/auth/keys", summary: "Make an API key",
            takes: ["name", "permissions", "password", "code?", "expires_in?"],
            gives: [(201, "NewKey"), (409, nil), (422, nil)]),
        Operation(
            method: "delete", path: "/auth/keys/{id}", summary: "End an API key",
            gives: [(204, nil), (404, nil)], parameters: ["id"]),
        Operation(
            method: "get", path: "/.well-known/jwks.json", summary: "Keys that check our tokens",
            needsSession: false, gives: [(200, "KeySet")]),
    ]

    /// Members of the schemas of answers and their types; `?` for those that may be missing.
    private static let schemas: [(String, [(String, String)])] = [
        ("Accepted", [("status", "string")]),
        (
            "Tokens",
            [
                ("access_token?", "string"), ("token_type?", "string"),
                ("refresh_token?", "string"),
                ("device?", "string"), ("expires_in", "integer"), ("recovery_codes?", "strings"),
            ]
        ),
        (
            "SignIn",
            [
                ("access_token?", "string"), ("token_type?", "string"),
                ("refresh_token?", "string"),
                ("device?", "string"), ("expires_in?", "integer"), ("next?", "string"),
                ("challenge?", "string"),
            ]
        ),
        ("Enrolment", [("secret", "string"), ("uri", "string"), ("qr_svg", "string")]),
        ("RecoveryCodes", [("recovery_codes", "strings")]),
        (
            "Profile",
            [
                ("id", "string"), ("email", "string"), ("name", "string"), ("roles", "strings"),
                ("tenant?", "string"), ("second_factor", "boolean"),
                ("recovery_codes_left", "integer"), ("created", "integer"),
            ]
        ),
        ("Sessions", [("sessions", "objects")]),
        ("Keys", [("keys", "objects")]),
        (
            "NewKey",
            [
                ("key", "string"), ("id", "string"), ("name", "string"), ("permissions", "strings"),
                ("created", "integer"), ("expires", "integer"), ("last_used?", "integer"),
            ]
        ),
        ("KeySet", [("keys", "objects")]),
        (
            "Problem",
            [
                ("type", "string"), ("title", "string"), ("status", "integer"),
                ("request_id", "string"), ("reason?", "string"), ("message?", "string"),
                ("errors?", "objects"),
            ]
        ),
    ]

    // MARK: Writing

    private static func write() -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("openapi")
        json.string("3.1.0" as StaticString)
        json.key("info")
        json.beginObject()
        json.key("title")
        json.string("Accounts" as StaticString)
        json.key("version")
        json.string("1" as StaticString)
        json.endObject()
        json.key("paths")
        writePaths(&json)
        json.key("components")
        json.beginObject()
        json.key("securitySchemes")
        json.raw(Array(#"{"bearer":{"type":"http","scheme":"bearer"}}"#.utf8))
        json.key("schemas")
        json.beginObject()
        for (name, members) in schemas {
            json.key(name)
            writeObject(members, &json)
        }
        json.endObject()
        json.endObject()
        json.endObject()
        return json.finish()
    }

    private static func writePaths(_ json: inout JSONWriter) {
        json.beginObject()
        var written: Set<String> = []
        for operation in operations where written.insert(operation.path).inserted {
            json.key(operation.path)
            json.beginObject()
            for same in operations where same.path == operation.path { writeOperation(same, &json) }
            json.endObject()
        }
        json.endObject()
    }

    private static func writeOperation(_ operation: Operation, _ json: inout JSONWriter) {
        json.key(operation.method)
        json.beginObject()
        json.key("summary")
        json.string(operation.summary)
        json.key("security")
        json.raw(Array((operation.needsSession ? #"[{"bearer":[]}]"# : "[]").utf8))
        if !operation.parameters.isEmpty {
            json.key("parameters")
            json.beginArray()
            for name in operation.parameters {
                let text =
                    #"{"name":"\#(name)","in":"path","required":true,"schema":{"type":"string"}}"#
                json.raw(Array(text.utf8))
            }
            json.endArray()
        }
        if !operation.takes.isEmpty {
            json.key("requestBody")
            json.beginObject()
            json.key("content")
            json.beginObject()
            json.key("application/json")
            json.beginObject()
            json.key("schema")
            writeObject(operation.takes.map { ($0, type(ofMember: $0)) }, &json)
            json.endObject()
            json.endObject()
            json.endObject()
        }
        json.key("responses")
        json.beginObject()
        for (status, schema) in operation.gives { writeAnswer(status, schema, &json) }
        json.key("default")
        writeContent("A refusal (RFC 9457).", "application/problem+json", "Problem", &json)
        json.endObject()
        json.endObject()
    }

    private static func type(ofMember name: String) -> String {
        switch name {
        case "permissions": "strings"
        case "expires_in?": "integer"
        default: "string"
        }
    }

    private static func writeAnswer(_ status: Int, _ schema: String?, _ json: inout JSONWriter) {
        json.key(String(status))
        if status >= 400 {
            writeContent("A refusal (RFC 9457).", "application/problem+json", "Problem", &json)
        } else if let schema {
            writeContent("Done.", "application/json", schema, &json)
        } else {
            json.raw(Array(#"{"description":"Done."}"#.utf8))
        }
    }

    private static func writeContent(
        _ text: String, _ type: String, _ schema: String, _ json: inout JSONWriter
    ) {
        let reference = ##"{"$ref":"#/components/schemas/\##(schema)"}"##
        json.raw(
            Array(
                #"{"description":"\#(text)","content":{"\#(type)":{"schema":\#(reference)}}}"#.utf8)
        )
    }

    private static func writeObject(_ members: [(String, String)], _ json: inout JSONWriter) {
        json.beginObject()
        json.key("type")
        json.string("object" as StaticString)
        json.key("additionalProperties")
        json.bool(false)
        json.key("properties")
        json.beginObject()
        for (name, type) in members {
            json.key(name.hasSuffix("?") ? String(name.dropLast()) : name)
            json.raw(Array(schema(type).utf8))
        }
        json.endObject()
        json.key("required")
        json.beginArray()
        for (name, _) in members where !name.hasSuffix("?") { json.string(name) }
        json.endArray()
        json.endObject()
    }

    private static func schema(_ type: String) -> String {
        switch type {
        case "strings": #"{"type":"array","items":{"type":"string"}}"#
        case "objects": #"{"type":"array","items":{"type":"object"}}"#
        default: #"{"type":"\#(type)"}"#
        }
    }
}
