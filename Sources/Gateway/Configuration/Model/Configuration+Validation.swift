extension Configuration {
    /// What an OpenAPI document does to requests and answers.
    public struct Validation: Sendable {
        /// What is held to the document.
        public enum Mode: String, CaseIterable, Sendable {
            /// What does not fit is refused.
            case enforce
            /// What does not fit passes, and the security log says so.
            case report
            /// It passes as with `report`; traffic that the upstream takes is learned from.
            case learn
            /// Nobody looks.
            case off

            /// Whether requests pass that do not fit.
            var letsPass: Bool { self == .report || self == .learn }
        }

        /// What happens to answers.
        public enum Answers: String, CaseIterable, Sendable {
            /// An answer that does not fit becomes 502.
            case enforce
            /// Members that no schema declares are left out; what then does not fit becomes 502.
            case strip
            /// It passes, and the security log says so.
            case report
            /// Nobody looks.
            case off
        }

        /// Whether the document's `security` is asked for.
        public enum Security: String, CaseIterable, Sendable {
            /// Callers need what it says, besides the route's own rule.
            case enforce
            /// The route's rule alone counts.
            case ignore
        }

        /// The document, OpenAPI 3.0 or 3.1, in JSON or YAML; nil for none.
        public var openAPI: String?
        /// The folder that the document's references to other files may not leave; nil for its own.
        public var references: String?
        /// Requests. Default enforce.
        public var requests = Mode.enforce
        /// Answers. Default off.
        public var answers = Answers.off
        /// The document's `security`. Default enforce.
        public var security = Security.enforce
        /// Requests of an operation before it is proposed. Default 10.
        public var requestsMin = 10
        /// Clients that must have shown a thing before it is proposed. Default 3.
        public var clientsMin = 3

        /// No document.
        public init() {}
    }
}

extension Configuration.Validation {
    static let section = Section<Self>(
        "`validation`", Self(),
        [
            Field(
                "openapi", \.openAPI,
                Kind.file("an OpenAPI document", bytesMax: 16 << 20).optional,
                "OpenAPI document, 3.0 or 3.1, in JSON or YAML (without anchors and tags). Every "
                    + "operation's parameters, media types and bodies are held to it, and an "
                    + "operation that it does not declare is refused.",
                shownDefault: "none"),
            Field(
                "references", \.references, Kind.path.optional,
                "Folder that references of the document to other files may not leave; those files "
                    + "are read with it, and nothing is ever fetched.",
                shownDefault: "the document's own"),
            Field(
                "requests", \.requests, .choice,
                "What happens to requests that do not fit. `learn` lets pass as `report` does and "
                    + "needs no document: `gatehouse openapi propose` then writes one of what was "
                    + "let in and answered well, and `gatehouse openapi diff` compares."),
            Field(
                "responses", \.answers, .choice,
                "What happens to the upstream's answers that do not fit; `strip` leaves members "
                    + "out that no schema declares."),
            Field(
                "security", \.security, .choice,
                "Whether callers need what the document's `security` says, besides the route's "
                    + "`access`; scopes count as permissions."),
            Field(
                "learn-min-requests", \.requestsMin, .integer(1...1_000_000),
                "Requests of an operation before `gatehouse openapi propose` proposes it."),
            Field(
                "learn-min-clients", \.clientsMin, .integer(1...64),
                "Clients that must have shown an operation, parameter, member, type or extreme "
                    + "before it is proposed; with fewer clients in all, all of them. A client is "
                    + "an account, an IPv4 address, or the /64 of an IPv6 address."),
        ]
    ) { validation, node, decoding in
        let isChanged =
            ![.enforce, .learn].contains(validation.requests) || validation.answers != .off
            || validation.security != .enforce || validation.references != nil
        if validation.openAPI == nil, isChanged {
            decoding.refuse(
                node, "rules for a document that is not named", found: "no `openapi`",
                expected: "`openapi: FILE`")
        }
    }
}

extension Configuration {
    /// What a route is held to. One that names no document is held to the configuration's, in the
    /// mode that it names.
    func validation(of route: Route) -> Validation {
        guard let own = route.validation else { return validation }
        if own.openAPI != nil { return own }
        var all = validation
        all.requests = own.requests
        return all
    }

    /// Whether a route learns.
    var learns: Bool {
        validation.requests == .learn || routes.contains { $0.validation?.requests == .learn }
    }
}
