import GatehouseCore
import GatehouseHTTP
import GatehouseValidation

/// Guards JSON on its way to and from an upstream: which fields a role may write and read (BOPLA,
/// OWASP API3), and whose object the answer is (BOLA). Nothing of an answer leaves before it was
/// read whole and judged; what cannot be judged is refused.
final class ObjectGuard: Sendable {
    /// Fields that callers with one of these roles may write or read.
    struct Grant: Sendable {
        var roles: [String]
        var fields: [String]
    }

    /// What is guarded.
    struct Rules: Sendable {
        /// Member of the answer that must name the caller.
        var responseOwner: String?
        /// Member of the answer that must name the caller's tenant.
        var responseTenant: String?
        /// Roles whose answers are not judged.
        var exceptRoles: [String] = []
        /// Fields that may be read; nil for all.
        var read: [Grant]?
        /// Fields that may be written; nil for all.
        var write: [Grant]?
        /// Leaves fields out that may not be written, in place of refusing the request.
        var stripsUnwritable = false
    }

    private let rules: Rules
    private let inner: Endpoint
    static let answerMax = 4 << 20

    init(_ rules: Rules, _ inner: Endpoint) {
        self.rules = rules
        self.inner = inner
    }

    func respond(to request: Request) async throws(Rejection) -> Response {
        if rules.write != nil, request.body.isPresent { try await guardBody(request) }
        var response = try await inner.respond(to: request)
        guard rules.read != nil || rules.responseOwner != nil || rules.responseTenant != nil else {
            return response
        }
        // A HEAD answer's length and tag would tell of what was left out.
        if request.method == .head {
            throw Rejection(405, .methodNotAllowed, detail: "guard: HEAD cannot be judged")
        }
        try await guardAnswer(&response, request)
        return response
    }

    private func filter(_ grants: [Grant], _ request: Request) -> FieldFilter {
        let roles = request.principal?.roles ?? []
        let own = grants.filter { grant in
            grant.roles.contains("*") || grant.roles.contains(where: roles.contains)
        }
        return FieldFilter(own.flatMap(\.fields))
    }

    private func guardBody(_ request: Request) async throws(Rejection) {
        guard let grants = rules.write else { return }
        let bytes = try await request.body.collect()
        var tape = JSONTape()
        let root: JSONValue
        do throws(JSONError) { root = try tape.parse(bytes.raw) } catch {
            throw Rejection(400, .invalidInput, detail: "guard: the body is no strict JSON")
        }
        let filter = filter(grants, request)
        if !rules.stripsUnwritable, let refused = filter.firstRefused(in: root) {
            throw Rejection(field: String(refused.dropFirst().prefix(128)), "may not be written")
        }
        var json = JSONWriter()
        filter.write(root, to: &json)
        let body = json.finish()
        request.body.replace(with: body)
    }

    private func guardAnswer(_ response: inout Response, _ request: Request) async throws(Rejection)
    {
        guard (200..<300).contains(response.status) else { return }
        if response.status == 204 { return }
        guard response.status != 206, response.fields[.contentEncoding] == nil else {
            throw Rejection(502, .upstreamInvalid, detail: "guard: a part, or an encoded answer")
        }
        let bytes = try await Self.collect(response.body)
        var tape = JSONTape()
        var limits = JSONLimits()
        limits.bytesMax = .bytes(Self.answerMax)
        let root: JSONValue
        do throws(JSONError) { root = try tape.parse(bytes.raw, limits: limits) } catch {
            throw Rejection(502, .upstreamInvalid, detail: "guard: the answer is no strict JSON")
        }
        try judge(root, request)
        guard let grants = rules.read else {
            response.body = .bytes(bytes)
            return
        }
        var json = JSONWriter()
        filter(grants, request).write(root, to: &json)
        response.fields.remove(.eTag)
        response.body = .bytes(json.finish())
    }

    /// Every object in the answer must be the caller's.
    private func judge(_ root: JSONValue, _ request: Request) throws(Rejection) {
        guard let principal = request.principal else {
            throw Rejection(401, .tokenMissing, detail: "guard: no caller")
        }
        for role in rules.exceptRoles where principal.roles.contains(role) { return }
        if let pointer = rules.responseOwner {
            for owner in FieldFilter.texts(at: pointer, in: root) where owner != principal.subject {
                throw Rejection(404, .notFound, detail: "guard: the answer is another owner's")
            }
        }
        if let pointer = rules.responseTenant {
            for tenant in FieldFilter.texts(at: pointer, in: root) {
                guard let tenant, tenant == principal.tenant else {
                    throw Rejection(404, .notFound, detail: "guard: the answer is another tenant's")
                }
            }
        }
    }

    /// An answer's whole body.
    /// - Throws: `Rejection` 502 for one that breaks off or is too large.
    static func collect(_ body: ResponseBody) async throws(Rejection) -> [UInt8] {
        switch body {
        case .none: return []
        case .bytes(let bytes): return bytes
        case .stream(let source, _):
            var bytes: [UInt8] = []
            let buffer = Buffer(capacity: 16_384)
            do throws(BodyError) {
                while try await source.read(into: buffer) {
                    bytes.append(buffer.readable)
                    buffer.clear()
                    guard bytes.count <= answerMax else {
                        source.cancel()
                        throw .tooLarge
                    }
                }
            } catch {
                throw Rejection(
                    502, .upstreamInvalid, detail: "guard: the answer broke off or is too large")
            }
            return bytes
        }
    }
}
