import GatehouseCore

/// Reads an OpenAPI document into operations.
struct OpenAPIReader {
    let document: JSONDocument
    let uri: String
    let options: OpenAPIOptions
    let version: String
    let title: String
    private let root: SchemaPlace
    var requests: SchemaCompiler
    var responses: SchemaCompiler
    private var schemes: [String: OpenAPISecurityScheme] = [:]

    /// What a document comes to.
    struct Content {
        var operations: [OpenAPIOperation]
        var paths: OpenAPIPaths
        var warnings: [SchemaWarning]
    }

    /// References from one to the next that are followed.
    private static let referencesMax = 32
    /// Operations of a document.
    private static let operationsMax = 10_000
    private static let methods = [
        "get", "put", "post", "delete", "options", "head", "patch", "trace",
    ]

    init(
        _ document: JSONDocument, at uri: String, registry: SchemaRegistry, options: OpenAPIOptions
    ) throws(SchemaError) {
        self.document = document
        self.uri = uri
        self.options = options
        let openapi = document.member("openapi", of: 0)
        version = openapi.map { document.nodes[$0].text } ?? ""
        let isOld = version.hasPrefix("3.0.")
        guard isOld || version.hasPrefix("3.1.") else {
            throw SchemaError(
                document: uri, pointer: "/openapi",
                reason: .wrongValue(expected: "3.0.x or 3.1.x, with quotes in YAML"))
        }
        let info = document.member("info", of: 0).flatMap { document.member("title", of: $0) }
        title = info.map { document.nodes[$0].text } ?? ""
        var dialect = SchemaDialect(isOld ? .openAPI30 : .draft2020)
        if !isOld, let named = document.member("jsonSchemaDialect", of: 0) {
            let name = document.nodes[named].text
            guard let known = SchemaDialect(uri: name) else {
                throw SchemaError(
                    document: uri, pointer: "/jsonSchemaDialect", reason: .unknownDialect(name))
            }
            dialect = known
        }
        var sources = SchemaSources(registry: registry, options: options.schemas)
        sources.dialect = dialect
        root = try sources.add(container: document, at: uri, dialect: dialect)
        requests = SchemaCompiler(sources: sources, options: options.schemas)
        requests.direction = .request
        responses = SchemaCompiler(sources: sources, options: options.schemas)
        responses.direction = .response
    }

    mutating func read() throws(SchemaError) -> Content {
        try readSchemes()
        var paths = OpenAPIPaths(bases: options.usesServerPaths ? serverPaths() : [])
        var contents: [OpenAPIOperation.Content] = []
        let global = try member("security", of: 0).map { place throws(SchemaError) in
            try security(place)
        }
        for item in members(of: member("paths", of: 0)) where name(item).hasPrefix("/") {
            let target = try dereference(item)
            guard let segments = OpenAPISegment.segments(of: name(item)) else {
                throw wrong("a path with one name in each pair of braces", item)
            }
            let common =
                try member("parameters", of: target)
                .map { place throws(SchemaError) in try parameters(place) } ?? []
            for method in Self.methods {
                guard let place = member(method, of: target) else { continue }
                let capitals = method.uppercased()
                var content = OpenAPIOperation.Content(
                    id: text("operationId", of: place) ?? "\(capitals) \(name(item))",
                    method: capitals, path: name(item))
                try read(&content, place, common, segments)
                content.security =
                    try member("security", of: place)
                    .map { place throws(SchemaError) in try security(place) } ?? global ?? []
                content.credentialNames = Self.credentialNames(content.security)
                guard contents.count < Self.operationsMax else {
                    throw SchemaError(
                        document: uri, pointer: document.pointer(of: place), reason: .tooLarge)
                }
                guard paths.add(capitals, segments, contents.count) else {
                    throw SchemaError(
                        document: uri, pointer: document.pointer(of: item),
                        reason: .repeated("path"))
                }
                contents.append(content)
            }
        }
        paths.finish()
        let rules = OpenAPIRules(
            requests: try requests.finish(), responses: try responses.finish(), options: options)
        return Content(
            operations: contents.map { OpenAPIOperation(content: $0, rules: rules) },
            paths: paths, warnings: warnings())
    }

    /// Both directions compile most schemas: their warnings once.
    private func warnings() -> [SchemaWarning] {
        var seen: Set<String> = []
        return (requests.warnings + responses.warnings).filter {
            seen.insert($0.description).inserted
        }
    }

    private mutating func read(
        _ content: inout OpenAPIOperation.Content, _ place: Int, _ common: [OpenAPIParameter],
        _ segments: [OpenAPISegment]
    ) throws(SchemaError) {
        content.isDeprecated = flag("deprecated", of: place)
        if let sunset = member("x-sunset", of: place) {
            let moment = node(sunset).text
            guard Format.date.accepts(moment) || Format.dateTime.accepts(moment) else {
                throw wrong("a day or moment of RFC 3339", sunset)
            }
            content.sunset = moment
        }
        let own =
            try member("parameters", of: place)
            .map { place throws(SchemaError) in try parameters(place) } ?? []
        let replaced = Set(own.map { "\($0.location) \($0.name)" })
        content.parameters =
            common.filter { !replaced.contains("\($0.location) \($0.name)") } + own
        guard content.parameters.count <= options.parametersMax else {
            throw SchemaError(
                document: uri, pointer: document.pointer(of: place), reason: .tooLarge)
        }
        let declared = content.parameters.filter { $0.location == .path }.map(\.name)
        guard Set(declared) == Set(segments.flatMap(\.names)) else {
            throw wrong("an operation whose path parameters are those in its path", place)
        }
        if let body = member("requestBody", of: place) {
            let target = try dereference(body)
            content.body = OpenAPIBody(
                isRequired: flag("required", of: target),
                content: try media(member("content", of: target), isRequest: true))
        }
        for response in members(of: member("responses", of: place))
        where !name(response).hasPrefix("x-") {
            content.responses.append(try self.response(response))
        }
    }

    private mutating func response(_ place: Int) throws(SchemaError) -> OpenAPIResponse {
        let target = try dereference(place)
        let name = name(place)
        var status = Int(name) ?? -1
        if name == "default" { status = 0 }
        if name.count == 3, name.hasSuffix("XX"), let first = Int(name.prefix(1)) { status = first }
        guard status == 0 || (1...5).contains(status) || (100...599).contains(status) else {
            throw wrong("a response under a status, a class such as 2XX, or default", place)
        }
        var headers: [OpenAPIParameter] = []
        for header in members(of: member("headers", of: target)) {
            let lower = self.name(header).lowercased()
            if lower == "content-type" { continue }
            headers.append(
                try parameter(
                    try dereference(header), named: lower, .header, isRequest: false))
        }
        let content = try media(member("content", of: target), isRequest: false)
        return OpenAPIResponse(
            status: status, body: OpenAPIBody(content: content), headers: headers)
    }

    private mutating func media(
        _ place: Int?, isRequest: Bool
    ) throws(SchemaError) -> [OpenAPIMedia] {
        var all: [OpenAPIMedia] = []
        for entry in members(of: place) {
            guard let range = OpenAPIMediaRange(name(entry)) else {
                throw wrong("content under a media type", entry)
            }
            var media = OpenAPIMedia(range: range)
            if let schema = member("schema", of: entry) {
                let place = SchemaPlace(document: root.document, node: schema)
                media.block = isRequest ? try requests.block(place) : try responses.block(place)
                media.shape = try shape(of: place)
            }
            all.append(media)
        }
        return all.sorted { $0.range.precision > $1.range.precision }
    }

    /// The paths of the servers' URLs; of those with variables, the part before the first.
    private func serverPaths() -> [String] {
        let servers = member("servers", of: 0).map { node($0).children } ?? []
        return servers.compactMap { server in
            guard let url = text("url", of: server), !url.contains("{") else { return nil }
            let afterScheme = url.firstRange(of: "://").map { url[$0.upperBound...] }
            guard let rest = afterScheme else { return url.hasPrefix("/") ? url : nil }
            guard let slash = rest.firstIndex(of: "/") else { return "" }
            return String(rest[slash...])
        }
    }

    private static func credentialNames(
        _ security: [[OpenAPISecurityRequirement]]
    ) -> Set<String> {
        var names: Set<String> = []
        for requirement in security.joined() {
            if case .apiKey("query", let name) = requirement.scheme { names.insert(name) }
        }
        return names
    }
}

extension OpenAPIReader {
    private mutating func readSchemes() throws(SchemaError) {
        let components = member("components", of: 0)
        for entry in members(of: components.flatMap { member("securitySchemes", of: $0) }) {
            schemes[name(entry)] = try scheme(try dereference(entry))
        }
    }

    private func scheme(_ place: Int) throws(SchemaError) -> OpenAPISecurityScheme {
        switch text("type", of: place) {
        case "apiKey":
            guard let location = text("in", of: place), let name = text("name", of: place),
                ["query", "header", "cookie"].contains(location)
            else { throw wrong("an API key with name and in: query, header or cookie", place) }
            return .apiKey(location: location, name: name)
        case "http":
            guard let scheme = text("scheme", of: place) else {
                throw wrong("an HTTP scheme such as bearer", place)
            }
            return .http(
                scheme: scheme.lowercased(), bearerFormat: text("bearerFormat", of: place))
        case "mutualTLS": return .mutualTLS
        case "oauth2": return .oauth2
        case "openIdConnect":
            return .openIDConnect(url: text("openIdConnectUrl", of: place) ?? "")
        default: throw wrong("apiKey, http, mutualTLS, oauth2 or openIdConnect", place)
        }
    }

    private func security(
        _ place: Int
    ) throws(SchemaError) -> [[OpenAPISecurityRequirement]] {
        var all: [[OpenAPISecurityRequirement]] = []
        for alternative in node(place).children {
            var requirements: [OpenAPISecurityRequirement] = []
            for entry in members(of: alternative) {
                guard let scheme = schemes[name(entry)] else {
                    throw SchemaError(
                        document: uri, pointer: document.pointer(of: entry),
                        reason: .unresolved("components/securitySchemes/" + name(entry)))
                }
                let scopes = node(entry).children.map { node($0).text }
                requirements.append(
                    OpenAPISecurityRequirement(
                        name: name(entry), scheme: scheme, scopes: scopes))
            }
            all.append(requirements)
        }
        return all
    }

    func node(_ place: Int) -> JSONDocument.Node { document.nodes[place] }

    func name(_ place: Int) -> String { document.nodes[place].name }

    func member(_ name: String, of place: Int) -> Int? { document.member(name, of: place) }

    /// The members of an object; none of what is no object or not there.
    func members(of place: Int?) -> [Int] {
        guard let place, node(place).kind == .object else { return [] }
        return node(place).children
    }

    func text(_ name: String, of place: Int) -> String? {
        guard let place = member(name, of: place), node(place).kind == .string else { return nil }
        return node(place).text
    }

    func flag(_ name: String, of place: Int) -> Bool {
        member(name, of: place).map { node($0).kind == .true } ?? false
    }

    func wrong(_ expected: String, _ place: Int) -> SchemaError {
        SchemaError(
            document: uri, pointer: document.pointer(of: place),
            reason: .wrongValue(expected: expected))
    }

    /// What a reference object stands for; only inside the document.
    func dereference(_ place: Int) throws(SchemaError) -> Int {
        var place = place
        for _ in 0..<Self.referencesMax {
            guard let reference = member("$ref", of: place) else { return place }
            let text = node(reference).text
            guard text.hasPrefix("#"), let pointer = URIReference(text).decodedFragment,
                let target = document.resolve(pointer)
            else {
                throw SchemaError(
                    document: uri, pointer: document.pointer(of: reference),
                    reason: .unresolved(text))
            }
            place = target
        }
        throw SchemaError(
            document: uri, pointer: document.pointer(of: place), reason: .circular)
    }

    func schemaPlace(_ node: Int) -> SchemaPlace {
        SchemaPlace(document: 0, node: node)
    }
}
