public import GatehouseCore
public import GatehouseHTTP

extension Configuration {
    /// One declared path, who may use it, and what answers.
    public struct Route: Sendable {
        /// Methods that a route may take; `all` stands for them.
        public static let everyMethod: [Method] = [
            .get, .head, .post, .put, .patch, .delete, .options,
        ]

        /// A fixed answer.
        public struct Response: Sendable {
            /// 200 to 599. Default 200.
            public var status = 200
            /// Its `Content-Type`. Default `text/plain; charset=utf-8`.
            public var type = "text/plain; charset=utf-8"
            /// Its content.
            public var body: [UInt8] = []

            /// The defaults.
            public init() {}
        }

        /// What answers.
        public enum Target: Sendable {
            /// The upstream of this name.
            case upstream(String)
            /// The gateway itself.
            case respond(Response)
        }

        /// Its name in logs and metrics; empty for the path.
        public var name = ""
        /// Literal segments, `{name}` for one segment, a final `*` for the rest.
        public var path = ""
        /// Methods.
        public var methods: [Method] = []
        /// Hosts; empty for all.
        public var hosts: [String] = []
        /// Who may use it. A value without one lets nobody in.
        public var access = AccessRule.roles([])
        /// What answers.
        public var target = Target.upstream("")
        /// Bytes of a request's body; nil for `http.bodyMax`.
        public var bodyMax: ByteCount?
        /// For an answer to begin; nil for `timeouts.handler`.
        public var timeout: Duration?
        /// Names of further limits.
        public var limits: [String] = []
        /// What a request takes of limits that count cost. Default 1.
        public var cost = 1
        /// Ownership and step-up.
        public var object = ObjectRule()
        /// Member of the answer that must name the caller, or nil.
        public var responseOwner: String?
        /// Member of the answer that must name the caller's tenant, or nil.
        public var responseTenant: String?
        /// Which fields of JSON bodies may pass; nil for all.
        public var fields: Fields?
        /// Media types of bodies; nil for `input.contentTypes`.
        public var contentTypes: [String]?
        /// Names of members and parameters that are no attack here.
        public var allowedNames: [String] = []
        /// Parameters that may repeat.
        public var repeatable: [String] = []
        /// The document that requests are held to; nil for the configuration's.
        public var validation: Validation?
        fileprivate var upstream: String?
        fileprivate var response: Response?

        /// A route.
        public init(
            path: String, methods: [Method], access: AccessRule, target: Target,
            limits: [String] = []
        ) {
            self.path = path
            self.methods = methods
            self.access = access
            self.target = target
            self.limits = limits
        }

        fileprivate init() {}
    }

    /// The most bytes of a body that `route` takes.
    public func bodyMax(of route: Route) -> ByteCount { route.bodyMax ?? http.bodyMax }

    /// How long an answer of `route` may take to begin.
    public func timeout(of route: Route) -> Duration { route.timeout ?? timeouts.handler }
}

extension Configuration.Route {
    static let section = Section<Self>("a route", Self(), matching + objects + limiting) {
        route, node, decoding in
        if route.access == .anyone, route.asksForCaller {
            decoding.refuse(
                node, "a rule about the caller on a route for anyone",
                found:
                    "`access: anyone` with `owner`, `tenant`, `step-up`, `fields` or `response-…`",
                expected: "`access: signed-in`, roles or permissions")
        }
        if route.upstream == nil, route.fields != nil || route.responseOwner != nil {
            decoding.refuse(
                node, "a rule about JSON on a route without an upstream",
                found: "`fields` or `response-owner` without `upstream`", expected: "`upstream`")
        }
        if case .path(let name) = route.object.owner,
            !route.path.contains("{\(name)}")
        {
            decoding.refuse(
                node, "an owner that the path does not name", found: "`owner: path.\(name)`",
                expected: "a path with `{\(name)}`")
        }
        switch (route.upstream, route.response) {
        case (let upstream?, nil): route.target = .upstream(upstream)
        case (nil, let response?): route.target = .respond(response)
        case (nil, nil):
            decoding.refuse(
                node, "a route that nothing answers", found: "neither `upstream` nor `respond`",
                expected: "one of `upstream` and `respond`")
        case (.some, .some):
            decoding.refuse(
                node, "a route with two answers", found: "both `upstream` and `respond`",
                expected: "one of `upstream` and `respond`")
        }
    }

    private static let matching: [Field<Self>] = [
        Field(
            "path", \.path, .pattern,
            "Literal segments, `{name}` for one segment, a final `*` for the rest.",
            isRequired: true),
        Field("methods", \.methods, .methods, "Methods that it takes.", isRequired: true),
        Field(
            "access", \.access, .access,
            "Who may use it: `anyone` without a credential, `signed-in` with a valid token, one of "
                + "the `roles`, or all of the `permissions`. There is no default.",
            isRequired: true),
        Field(
            "upstream", \.upstream, Kind<String>.name("an upstream's name").optional,
            "The upstream that answers. Either this or `respond`."),
        Field(
            "respond", \.response, Response.kind.optional,
            "A fixed answer of the gateway itself."),
        Field(
            "hosts", \.hosts, .unique(of: .host, "hosts", in: 0...1_000),
            "Hosts that it answers for, of the configured ones.", shownDefault: "all"),
    ]

    /// Whether a rule needs to know who is calling.
    private var asksForCaller: Bool {
        object.owner != nil || object.tenant != nil || object.stepUp != nil || fields != nil
            || responseOwner != nil || responseTenant != nil
    }

    private static let objects: [Field<Self>] = [
        Field(
            "owner", \.object.owner, .objectSource,
            "What in the request must be the caller's subject; a stranger's object is answered 404."
        ),
        Field(
            "tenant", \.object.tenant, .objectSource,
            "What in the request must be the caller's tenant; another's is answered 404."),
        Field(
            "response-owner", \.responseOwner, Kind.text("a member, `/ownerId`", max: 256).optional,
            "Member of the upstream's JSON answer that must be the caller's subject, in every "
                + "object of a list."),
        Field(
            "response-tenant", \.responseTenant,
            Kind.text("a member, `/tenant`", max: 256).optional,
            "Member of the upstream's JSON answer that must be the caller's tenant."),
        Field(
            "except-roles", \.object.exceptRoles, .unique(of: .grant, "roles", in: 0...64),
            "Roles that ownership and tenant are not asked of."),
        Field(
            "step-up", \.object.stepUp,
            Kind.duration(.seconds(30)...(.seconds(86_400))).optional,
            "Asks for a second factor that is no older than this."),
        Field(
            "fields", \.fields, Kind.section(Configuration.Fields.section).optional,
            "Which fields of JSON bodies each role may read and write."),
    ]

    private static let limiting: [Field<Self>] = [
        Field(
            "body-max", \.bodyMax, Kind.size(.bytes(0)...(.mebibytes(1 << 20))).optional,
            "Bytes of a request's body.", shownDefault: "`http.body-max`"),
        Field(
            "content-types", \.contentTypes,
            Kind.unique(of: Configuration.Input.mediaRange, "media types", in: 1...64).optional,
            "Media types of bodies that are taken.", shownDefault: "`input.content-types`"),
        Field(
            "validation", \.validation, Kind.section(Configuration.Validation.section).optional,
            "An OpenAPI document of this route's own; `{}` for none.",
            shownDefault: "the configuration's `validation`"),
        Field(
            "allow-names", \.allowedNames,
            .unique(of: .text("a name", max: 256), "names", in: 0...256),
            "Names of JSON members and parameters that are taken although they look like operators "
                + "or paths, such as `$top`."),
        Field(
            "repeatable", \.repeatable,
            .unique(of: .text("a parameter's name", max: 256), "names", in: 0...256),
            "Parameters that a query or form may give several times."),
        Field(
            "timeout", \.timeout,
            Kind.duration(.milliseconds(10)...(.seconds(3_600))).optional,
            "For an answer to begin.", shownDefault: "`timeouts.handler`"),
        Field(
            "limits", \.limits, .unique(of: .name("a limit's name"), "names of limits", in: 0...16),
            "Further limits, by name."),
        Field(
            "cost", \.cost, .integer(0...1_000_000),
            "What a request takes of limits that count cost."),
        Field(
            "name", \.name, .name(), "Its name in logs and metrics.", shownDefault: "the path"),
    ]
}

extension Configuration.Route.Response {
    private struct Draft {
        var response = Configuration.Route.Response()
        var text: String?
        var file: [UInt8]?
    }

    private static let bodyMax = 1 << 20

    private static let content = Kind<[UInt8]>(
        "a file of at most 1MiB that can be read", write: { _ in "none" }
    ) { node, decoding in
        guard let text = node.path(&decoding) else { return nil }
        return decoding.look(
            at: decoding.resolve(text), node, name: "a file of at most 1MiB", bytesMax: bodyMax,
            isPrivate: false)
    }

    /// Text as it is: here `${` means itself.
    private static let literal = Kind<String>("text", write: { $0 }) { node, decoding in
        if case .scalar(let text, _) = node.content { return text }
        decoding.refuse(node, "wrong kind of value", expected: "text")
        return nil
    }

    private static let draft = Section<Draft>(
        "`respond`", Draft(),
        [
            Field("status", \.response.status, .integer(200...599), "HTTP status."),
            Field("type", \.response.type, .mediaType, "Its `Content-Type`."),
            Field(
                "body", \.text, literal.optional, "Its content, as text.", shownDefault: "empty"),
            Field(
                "body-file", \.file, content.optional, "A file with its content, read at the start."
            ),
        ]
    ) { draft, node, decoding in
        if draft.text != nil, draft.file != nil {
            decoding.refuse(
                node, "two bodies for one answer", found: "both `body` and `body-file`",
                expected: "one of `body` and `body-file`")
        }
        draft.response.body = draft.file ?? draft.text.map { Array($0.utf8) } ?? []
        if [204, 304].contains(draft.response.status), !draft.response.body.isEmpty {
            decoding.refuse(
                node, "a body for a status that has none",
                found: "\(draft.response.body.count) bytes with \(draft.response.status)",
                expected: "no body (RFC 9110 section 6.4.1)")
        }
    }

    static let kind = Kind<Self>(
        "a mapping", inner: draft.reference, write: { _ in "see below" },
        read: { node, decoding in draft.read(node, &decoding)?.response })
}
