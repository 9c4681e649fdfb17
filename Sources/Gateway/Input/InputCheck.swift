import GatehouseCore
import GatehouseHTTP
import GatehouseObservability
import GatehouseValidation

/// Reads a request's query and body strictly, before a handler or an upstream does it leniently:
/// what two readers could understand differently, what is more than a name, and what no rule takes
/// is refused. What goes on is, byte for byte, what was read here.
///
/// Bodies of other media types that a route takes are streamed through unread.
final class InputCheck: Sendable {
    let rules: InputRules
    let search: InjectionSearch
    private let repeatable: Set<[UInt8]>
    let logger: Logger?
    let spoolFolder: String
    let contract: OpenAPIContract?
    let learner: TrafficLearner?

    /// - Parameters:
    ///   - contract: the document that requests and answers are held to.
    ///   - learner: learns from requests that pass.
    ///   - logger: hears what `report` lets pass.
    ///   - spoolFolder: where long bodies wait, in files without a name.
    init(
        _ rules: InputRules, contract: OpenAPIContract? = nil, learner: TrafficLearner? = nil,
        logger: Logger?, spoolFolder: String
    ) {
        self.rules = rules
        self.contract = contract
        self.learner = learner
        search = InjectionSearch(allowing: rules.allowedNames)
        repeatable = Set(rules.repeatable.map { Array($0.utf8) })
        self.logger = logger
        self.spoolFolder = spoolFolder
    }

    /// Whether answers must come whole and without an encoding.
    var readsAnswers: Bool {
        guard let contract else { return false }
        return contract.settings.answers != .off
    }

    /// Whether somebody looks at answers, or at what became of requests.
    var followsAnswers: Bool { contract != nil || learner != nil }

    /// Memory that checks on one loop share; used between two waits only.
    final class Scratch {
        var tape = JSONTape()
        var fields = FormFields()
        var contract = OpenAPIScratch()
    }

    func scratch(_ request: Request) -> Scratch {
        request.loopStorage?.value(for: self) { Scratch() } ?? Scratch()
    }

    /// Checks what came with the request.
    /// - Throws: `Rejection` 400 for what is none or an attack, 413, 415 for media types and
    ///   codings that are not taken.
    func check(_ request: Request) async throws(Rejection) {
        let head = request.head
        let match = try match(request)
        // A document that only reports adds nothing to what is taken.
        let declared = contract?.settings.requests == .enforce ? match : nil
        if let query = head.query {
            try checkFields(head.bytes(query), request, what: "query", declared)
        }
        var body = Body()
        if request.body.isPresent, request.body.length != 0 {
            body = try await checkBody(request, match, isDeclared: declared != nil)
        }
        if let match { try hold(request, body, to: match) }
        if let learner { request.learning = learner.draft(request, body, match) }
    }

    /// What was read of a body.
    struct Body {
        /// Nil for none; empty for one that passes unread.
        var bytes: [UInt8]?
        var mediaType: String?
        /// What is wrong with parts that were judged as they came.
        var issues: [ValidationIssue] = []
    }

    // MARK: Parameters

    private func checkFields(
        _ text: RawSpan, _ request: Request, what: StaticString, _ declared: OpenAPIMatch?,
        mediaType: String? = nil
    ) throws(Rejection) {
        let scratch = scratch(request)
        do throws(FormError) { try scratch.fields.parse(text, limits: rules.form) } catch {
            throw Rejection(
                400, .invalidInput, detail: "\(what): \(error.reason.rawValue) at \(error.offset)")
        }
        guard rules.injection != .off else { return }
        if let found = search.find(in: scratch.fields) {
            try refuse(request, "\(what)", found.place, found.kind.rawValue)
        }
        var allowed = repeatable
        while let name = ParameterPollution.find(in: scratch.fields, allowing: allowed) {
            guard let declared, declared.operation.repeats(name, mediaType: mediaType) else {
                return try refuse(request, "\(what)", name, "repeated")
            }
            allowed.insert(Array(name.utf8))
        }
    }

    /// Refuses a name, or says in the log that it would have been.
    func refuse(
        _ request: Request, _ what: String, _ place: String, _ kind: String
    ) throws(Rejection) {
        let shown = String(place.prefix(128))
        guard rules.injection == .refuse else {
            logger?.security(
                .maliciousExtraneous, outcome: .noted,
                actor: request.principal?.subject,
                fields: [
                    "request_id": .id(request.id), "client": .address(request.client),
                    "control": "injection", "kind": .text(kind), "where": .text(what),
                    "name": .text(shown),
                ])
            return
        }
        var rejection = Rejection(
            400, .injectionRefused, detail: "\(what): \(kind): \(shown.debugDescription)")
        rejection.members = ValidationIssue.members([
            ValidationIssue(
                pointer: place.hasPrefix("/") ? shown : "/\(what)/\(shown)", keyword: kind,
                message: Self.message(kind), expected: nil)
        ])
        throw rejection
    }

    private static func message(_ kind: String) -> String {
        switch InjectionName(rawValue: kind) {
        case .operatorKey: "A name may not begin with a dollar sign here."
        case .dottedPath: "A name may not hold a dot here."
        case .prototype: "This name is not allowed."
        case nil: "A parameter may be given once."
        }
    }

    // MARK: Bodies

    private func checkBody(
        _ request: Request, _ match: OpenAPIMatch?, isDeclared: Bool
    ) async throws(Rejection) -> Body {
        let type = try contentType(request.head, isDeclared: isDeclared)
        // Only a document, or who learns one, asks again.
        let field = contract == nil && learner == nil ? nil : request.head[.contentType]
        let isText = type.isJSON || type.isForm
        if isText, let charset = type.charset, charset != "utf-8" {
            throw Rejection(415, .unsupportedMediaType, detail: "charset is not utf-8")
        }
        try await decode(request)
        if type.isMultipart {
            let issues = try await checkMultipart(request, type, match, isDeclared: isDeclared)
            return Body(bytes: [], mediaType: field, issues: issues)
        }
        guard isText || isDeclared && type.essence.hasPrefix("text/") else {
            return Body(bytes: [], mediaType: field)
        }
        let bytes = try await request.body.collect()
        request.body.replace(with: bytes)
        if type.isJSON {
            try checkJSON(bytes, request)
        } else if type.isForm {
            try checkFields(
                bytes.raw, request, what: "form", isDeclared ? match : nil, mediaType: field)
        }
        return Body(bytes: bytes, mediaType: field)
    }

    /// The bounds on a request's JSON: the configuration's, and its route's on bytes.
    func jsonLimits(_ request: Request) -> JSONLimits {
        var limits = rules.json
        limits.bytesMax = request.body.limit
        return limits
    }

    /// A body without a type is anything (RFC 9110 section 8.3), which few routes take.
    /// Where a document declares the operation, its media types count.
    private func contentType(
        _ head: MessageHead, isDeclared: Bool
    ) throws(Rejection) -> ContentType {
        var type: ContentType? = .octetStream
        if let field = head.value(.contentType) {
            type = head.count(of: .contentType) == 1 ? ContentType(head.bytes(field)) : nil
        }
        guard let type, isDeclared || rules.contentTypes.contains(where: { type.matches($0) })
        else {
            throw Rejection(415, .unsupportedMediaType, detail: "content-type missing or not taken")
        }
        return type
    }

    private func checkJSON(_ bytes: [UInt8], _ request: Request) throws(Rejection) {
        let scratch = scratch(request)
        var tape = JSONTape()
        swap(&tape, &scratch.tape)
        defer { swap(&tape, &scratch.tape) }
        let limits = jsonLimits(request)
        let root: JSONValue
        do throws(JSONError) { root = try tape.parse(bytes.raw, limits: limits) } catch {
            throw Rejection(
                400, .invalidInput, detail: "json: \(error.reason.rawValue) at \(error.offset)")
        }
        guard rules.injection != .off, let found = search.find(in: root) else { return }
        try refuse(request, "json", found.place, found.kind.rawValue)
    }

    /// Undoes `Content-Encoding`, within the route's limit: who checks and who acts must see the
    /// same bytes, and no bomb goes on.
    private func decode(_ request: Request) async throws(Rejection) {
        let head = request.head
        guard let field = head.value(.contentEncoding) else { return }
        guard head.count(of: .contentEncoding) == 1,
            let coding = ContentCoding(head.bytes(field))
        else {
            if head.bytes(field).equalsIgnoringCase("identity") { return }
            var fields = Fields()
            fields.append(.acceptEncoding, "gzip, deflate, br" as StaticString)
            throw Rejection(
                415, .unsupportedMediaType, detail: "content-encoding is not taken", fields: fields)
        }
        let bytes = try await request.body.collect()
        do throws(ContentCoding.Failure) {
            let decoded = try coding.decode(bytes, bytesMax: request.body.limit.bytes)
            request.body.replace(with: decoded)
            request.body.isDecoded = true
        } catch {
            switch error {
            case .malformed:
                throw Rejection(400, .invalidInput, detail: "content-encoding: malformed")
            case .tooLarge:
                throw Rejection(413, .contentTooLarge, detail: "content-encoding: decoded too long")
            }
        }
    }

    static func next(
        _ request: Request, _ buffer: Buffer
    ) async throws(Rejection) -> Bool {
        do throws(BodyError) { return try await request.body.read(into: buffer) } catch {
            throw Rejection(error)
        }
    }
}

extension Rejection {
    /// A body that could not be kept until it was read.
    init(spool failure: BodySpool.Failure) {
        switch failure {
        case .tooLarge: self.init(BodyError.tooLarge)
        case .disk(let code):
            self.init(503, .unavailable, detail: "spool: errno \(code)", retryAfter: 30)
            closesConnection = true
        }
    }

    /// A form in parts that is refused.
    init(multipart error: MultipartError) {
        switch error {
        case .malformed(let why): self.init(400, .invalidInput, detail: "multipart: \(why)")
        case .tooMuch(let what): self.init(413, .contentTooLarge, detail: "multipart: \(what)")
        case .refusedName(let why): self.init(422, .invalidInput, detail: "multipart: \(why)")
        case .refusedType(let why):
            self.init(415, .unsupportedMediaType, detail: "multipart: \(why)")
        }
        closesConnection = true
    }
}

extension ValidationIssue {
    /// The member `errors` of a problem document (RFC 9457), with the comma before it.
    static func members(_ issues: [ValidationIssue]) -> [UInt8] {
        var json = JSONWriter(into: Array(",\"errors\":".utf8))
        json.beginArray()
        for issue in issues {
            json.beginObject()
            json.key("pointer")
            json.string(issue.pointer)
            json.key("keyword")
            json.string(issue.keyword)
            json.key("message")
            json.string(issue.message)
            if let expected = issue.expected {
                json.key("expected")
                json.string(expected)
            }
            json.endObject()
        }
        json.endArray()
        return json.finish()
    }
}
