import GatehouseCore

/// An OpenAPI 3.1 document that says what traffic was like.
package struct OpenAPIProposal: Sendable {
    /// An operation that was seen, but too seldom or by too few.
    package struct LeftOut: Sendable {
        package let method: String
        package let path: String
        package let requests: Int
        package let clients: Int
    }

    /// The document.
    package private(set) var document = DocumentTree.null
    /// How many operations it has.
    package private(set) var operationCount = 0
    /// What it does not have.
    package private(set) var leftOut: [LeftOut] = []
    /// What was asked for, at most as many clients as there are.
    package let rules: ProposalRules
    private let schemas: SchemaProposal
    private var schemes: Set<String> = []

    private static let methods = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH"]

    /// - Parameter sessionCookie: the name of the cookie that signs callers in.
    package init(_ traffic: OpenAPITraffic, _ rules: ProposalRules, sessionCookie: String = "") {
        self.rules = rules.among(traffic.clients)
        schemas = SchemaProposal(rules: self.rules)
        var paths: [DocumentTree.Member] = []
        for template in traffic.root.templates(self.rules) {
            if let item = item(template) { paths.append(.init(name: template.path, value: item)) }
        }
        document = .members([
            ("openapi", .text("3.1.0")),
            (
                "info",
                .members([
                    ("title", .text("Learned from traffic")), ("version", .text("0")),
                    (
                        "x-gatehouse-observed",
                        .members([
                            ("requests", .int(traffic.observed)),
                            ("clients", .int(traffic.clients)),
                            ("min-requests", .int(self.rules.requestsMin)),
                            ("min-clients", .int(self.rules.clientsMin)),
                            ("left-out", .int(leftOut.count)),
                            ("no-room", .int(traffic.dropped)),
                        ])
                    ),
                ])
            ),
            ("components", components(sessionCookie)),
            ("paths", .object(paths)),
        ])
    }

    private func components(_ cookie: String) -> DocumentTree? {
        var all: [(String, DocumentTree?)] = []
        if schemes.contains("bearer") {
            all.append(
                ("bearer", .members([("type", .text("http")), ("scheme", .text("bearer"))])))
        }
        if schemes.contains("session") {
            all.append(
                (
                    "session",
                    .members([
                        ("type", .text("apiKey")), ("in", .text("cookie")),
                        ("name", .text(cookie)),
                    ])
                ))
        }
        if schemes.contains("apiKey") {
            all.append(
                (
                    "apiKey",
                    .members([
                        ("type", .text("apiKey")), ("in", .text("header")),
                        ("name", .text("X-API-Key")),
                    ])
                ))
        }
        if all.isEmpty { return nil }
        return .members([("securitySchemes", .members(all))])
    }

    /// Most operations that are named as left out.
    private static let leftOutMax = 1_000

    private mutating func item(_ template: ObservedTemplate) -> DocumentTree? {
        var members: [DocumentTree.Member] = []
        for method in Self.methods {
            guard let operation = template.operations[method] else { continue }
            // HEAD is GET without its body.
            if method == "HEAD", template.operations["GET"] != nil { continue }
            guard operation.requests >= rules.requestsMin,
                operation.clients.count >= rules.clientsMin
            else {
                if leftOut.count < Self.leftOutMax {
                    leftOut.append(
                        LeftOut(
                            method: method, path: template.path, requests: operation.requests,
                            clients: operation.clients.count))
                }
                continue
            }
            operationCount += 1
            members.append(
                .init(name: method.lowercased(), value: self.operation(operation, template)))
        }
        return members.isEmpty ? nil : .object(members)
    }

    private mutating func operation(
        _ operation: ObservedOperation, _ template: ObservedTemplate
    ) -> DocumentTree {
        let parameters = template.parameters.map(path) + self.parameters(operation)
        return .members([
            (
                "x-gatehouse-observed",
                .members([
                    ("requests", .int(operation.requests)),
                    ("clients", .int(operation.clients.count)),
                    ("first", .text(WallTime(seconds: operation.first).timestamp)),
                    ("last", .text(WallTime(seconds: operation.last).timestamp)),
                ])
            ),
            ("security", security(operation)),
            ("parameters", parameters.isEmpty ? nil : .array(parameters)),
            ("requestBody", body(operation)),
            ("responses", answers(operation)),
        ])
    }

    private func path(_ parameter: (name: String, value: ObservedValue)) -> DocumentTree {
        .members([
            ("name", .text(parameter.name)), ("in", .text("path")), ("required", .bool(true)),
            ("schema", schemas.schema(path: parameter.value, named: parameter.name)),
        ])
    }

    private func parameters(_ operation: ObservedOperation) -> [DocumentTree] {
        ObservedOperation.Location.allCases.flatMap { location -> [DocumentTree] in
            let all = operation.parameters[location] ?? [:]
            return all.sorted { $0.key < $1.key }.compactMap { name, value in
                guard let schema = schemas.schema(text: value, named: name) else { return nil }
                let isRequired = value.count == operation.requests
                return .members([
                    ("name", .text(name)), ("in", .text(location.rawValue)),
                    ("required", isRequired ? .bool(true) : nil), ("schema", schema),
                ])
            }
        }
    }

    private func body(_ operation: ObservedOperation) -> DocumentTree? {
        let content = content(operation.bodies)
        guard !content.isEmpty else { return nil }
        let isRequired = operation.bodyCount == operation.requests
        return .members([
            ("required", isRequired ? .bool(true) : nil), ("content", .object(content)),
        ])
    }

    private func content(_ contents: [String: ObservedValue]) -> [DocumentTree.Member] {
        contents.sorted { $0.key < $1.key }.compactMap { type, value in
            let isRead = value.marks(ObservedFact.unread).count < rules.clientsMin
            let isForm = type == "application/x-www-form-urlencoded"
            let schema = isForm ? schemas.schema(form: value) : schemas.schema(value)
            guard schema != nil || !isRead else { return nil }
            return .init(
                name: type, value: .members([("schema", isRead ? schema : nil)]))
        }
    }

    private func answers(_ operation: ObservedOperation) -> DocumentTree {
        var known = operation.answers.filter { $0.value.clients.count >= rules.clientsMin }
        // Each client got another status: all count.
        if known.isEmpty { known = operation.answers }
        return .object(
            known.sorted { $0.key < $1.key }.map { status, answer in
                let content = content(answer.contents)
                return .init(
                    name: String(status),
                    value: .members([
                        ("description", .text("Seen \(answer.count) times")),
                        ("content", content.isEmpty ? nil : .object(content)),
                    ]))
            })
    }

    private mutating func security(_ operation: ObservedOperation) -> DocumentTree? {
        var alternatives: [DocumentTree] = []
        let known: [(ObservedExchange.Caller, String)] = [
            (.bearer, "bearer"), (.cookie, "session"), (.apiKey, "apiKey"),
        ]
        for (caller, name) in known
        where (operation.callers[caller] ?? .none).count >= rules.clientsMin {
            schemes.insert(name)
            alternatives.append(.members([(name, .array([]))]))
        }
        guard !alternatives.isEmpty else { return nil }
        if (operation.callers[.anonymous] ?? .none).count >= rules.clientsMin {
            alternatives.append(.object([]))
        }
        return .array(alternatives)
    }
}
