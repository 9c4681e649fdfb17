import GatehouseCore
import GatehouseHTTP
import GatehouseIdentity

extension Rejection {
    private static func unauthorized(_ code: Code, _ detail: String) -> Rejection {
        var fields = Fields()
        fields.append(.wwwAuthenticate, "Bearer realm=\"gatehouse\"" as StaticString)
        return Rejection(401, code, detail: detail, fields: fields)
    }

    /// What a client learns of an account operation that did not happen.
    init(_ error: AccountError) {
        switch error {
        case .invalidCredentials: self = .unauthorized(.credentialsInvalid, "credentials")
        case .emailUnconfirmed: self.init(403, .emailUnconfirmed)
        case .throttled(let seconds):
            self.init(429, .rateLimited, detail: "throttled", retryAfter: seconds)
        case .passwordRefused(let reason):
            self.init(422, .passwordRefused, detail: reason.rawValue)
            members = Self.members(reason: reason.rawValue, message: reason.message)
        case .emailInvalid: self.init(field: "email", "no e-mail address")
        case .invalid(let field): self.init(field: field, "invalid")
        case .codeInvalid: self = .unauthorized(.codeInvalid, "code")
        case .linkInvalid: self.init(400, .linkInvalid)
        case .challengeInvalid: self = .unauthorized(.challengeInvalid, "challenge")
        case .refreshInvalid: self = .unauthorized(.refreshInvalid, "refresh token")
        case .sessionInvalid: self = .unauthorized(.tokenInvalid, "session")
        case .notFound: self.init(404, .notFound)
        case .conflict: self.init(409, .conflict)
        case .registrationClosed: self.init(403, .registrationClosed)
        case .factorRequired: self.init(409, .factorRequired)
        case .unavailable(let why):
            self.init(503, .unavailable, detail: "accounts: \(why)", retryAfter: 2)
        }
    }

    /// A member of the body that is missing or wrong; its value is never repeated.
    init(field: String, _ message: String) {
        self.init(422, .invalidInput, detail: "\(field): \(message)")
        members = Self.members(field: field, message: message)
    }

    private static func members(reason: String, message: String) -> [UInt8] {
        var json = JSONWriter(into: Array(",\"reason\":".utf8))
        json.string(reason)
        json.key("message")
        json.string(message)
        return json.finish()
    }

    private static func members(field: String, message: String) -> [UInt8] {
        var json = JSONWriter(into: Array(",\"errors\":".utf8))
        json.beginArray()
        json.beginObject()
        json.key("pointer")
        json.string("/" + field)
        json.key("message")
        json.string(message)
        json.endObject()
        json.endArray()
        return json.finish()
    }
}
