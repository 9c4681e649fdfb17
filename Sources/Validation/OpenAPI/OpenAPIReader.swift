import GatehouseCore

/// Reads an OpenAPI document into operations.
struct OpenAPIReader {
    let options: OpenAPIOptions
    let version: String
    let title: String
    let root: SchemaPlace
    var requests: SchemaCompiler
    var responses: SchemaCompiler
    /// For forms in parts; those after the first are each for one form with parts that nobody can
    /// judge.
    var parts: [SchemaCompiler]
    /// Callbacks of operations, to be checked at the end.
    var callbacks: [SchemaPlace] = []
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
    static let operationsMax = 10_000
    static let methods = [
        "get", "put", "post", "delete", "options", "head", "patch", "trace",
    ]

    init(
        _ document: JSONDocument, at uri: String, registry: SchemaRegistry, options: OpenAPIOptions
    ) throws(SchemaError) {
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
        // Before the compilers copy it: a place is the same for all of them.
        for file in registry.files { try sources.add(file: file, dialect: dialect) }
        requests = SchemaCompiler(sources: sources, options: options.schemas)
        requests.direction = .request
        responses = SchemaCompiler(sources: sources, options: options.schemas)
        responses.direction = .response
        var parts = requests
        parts.readsParts = true
        self.parts = [parts]
    }

    mutating func read() throws(SchemaError) -> Content {
        try readSchemes()
        var paths = OpenAPIPaths(bases: options.usesServerPaths ? serverPaths() : [])
        var contents: [OpenAPIOperation.Content] = []
        let global = try member("security", of: root).map { place throws(SchemaError) in
            try security(place)
        }
        for item in members(of: member("paths", of: root)) where name(item).hasPrefix("/") {
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
                callbacks += members(of: member("callbacks", of: place))
                content.security =
                    try member("security", of: place)
                    .map { place throws(SchemaError) in try security(place) } ?? global ?? []
                content.credentialNames = Self.credentialNames(content.security)
                guard contents.count < Self.operationsMax else {
                    throw error(.tooLarge, place)
                }
                guard paths.add(capitals, segments, contents.count) else {
                    throw error(.repeated("path"), item)
                }
                contents.append(content)
            }
        }
        paths.finish()
        let rules = OpenAPIRules(
            requests: try requests.finish(), responses: try responses.finish(),
            parts: try finishParts(), options: options)
        let operations = contents.map { OpenAPIOperation(content: $0, rules: rules) }
        let found = warnings()
        try checkOthers()
        return Content(operations: operations, paths: paths, warnings: found)
    }

    /// Both directions compile most schemas: their warnings once.
    private func warnings() -> [SchemaWarning] {
        var seen: Set<String> = []
        let all = requests.warnings + responses.warnings + parts.flatMap(\.warnings)
        return all.filter {
            seen.insert($0.description).inserted
        }
    }

    /// - Parameter segments: the path; nil where it is an expression or a name.
    mutating func read(
        _ content: inout OpenAPIOperation.Content, _ place: SchemaPlace,
        _ common: [OpenAPIParameter], _ segments: [OpenAPISegment]?
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
            throw error(.tooLarge, place)
        }
        let declared = content.parameters.filter { $0.location == .path }.map(\.name)
        if let segments, Set(declared) != Set(segments.flatMap(\.names)) {
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

    private mutating func response(_ place: SchemaPlace) throws(SchemaError) -> OpenAPIResponse {
        let target = try dereference(place)
        let name = name(place)
        var status = Int(name) ?? -1
        if name == "default" { status = 0 }
        // Written small as often as not, and nothing else could be meant.
        if name.count == 3, name.uppercased().hasSuffix("XX"), let first = Int(name.prefix(1)) {
            status = first
        }
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
        _ place: SchemaPlace?, isRequest: Bool
    ) throws(SchemaError) -> [OpenAPIMedia] {
        var all: [OpenAPIMedia] = []
        for entry in members(of: place) {
            guard let range = OpenAPIMediaRange(name(entry)) else {
                throw wrong("content under a media type", entry)
            }
            var media = OpenAPIMedia(range: range)
            if let schema = member("schema", of: entry) {
                media.block = isRequest ? try requests.block(schema) : try responses.block(schema)
                if !isRequest, range.isForm { media.shape = try shape(of: schema) }
                if isRequest { media.form = try form(range, schema, entry) }
            }
            all.append(media)
        }
        return all.sorted { $0.range.precision > $1.range.precision }
    }

    /// The paths of the servers' URLs; of those with variables, the part before the first.
    private func serverPaths() -> [String] {
        let servers = member("servers", of: root).map { children(of: $0) } ?? []
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
        let components = member("components", of: root)
        for entry in members(of: components.flatMap { member("securitySchemes", of: $0) }) {
            schemes[name(entry)] = try scheme(try dereference(entry))
        }
    }

    private func scheme(_ place: SchemaPlace) throws(SchemaError) -> OpenAPISecurityScheme {
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
        _ place: SchemaPlace
    ) throws(SchemaError) -> [[OpenAPISecurityRequirement]] {
        var all: [[OpenAPISecurityRequirement]] = []
        for alternative in children(of: place) {
            var requirements: [OpenAPISecurityRequirement] = []
            for entry in members(of: alternative) {
                guard let scheme = schemes[name(entry)] else {
                    throw error(
                        .unresolved("components/securitySchemes/" + name(entry)), entry)
                }
                let scopes = children(of: entry).map { node($0).text }
                requirements.append(
                    OpenAPISecurityRequirement(
                        name: name(entry), scheme: scheme, scopes: scopes))
            }
            all.append(requirements)
        }
        return all
    }

    func node(_ place: SchemaPlace) -> JSONDocument.Node { requests.sources.node(place) }

    func name(_ place: SchemaPlace) -> String { node(place).name }

    func member(_ name: String, of place: SchemaPlace) -> SchemaPlace? {
        requests.sources.member(name, of: place)
    }

    func children(of place: SchemaPlace) -> [SchemaPlace] { requests.sources.children(of: place) }

    /// The members of an object; none of what is no object or not there.
    func members(of place: SchemaPlace?) -> [SchemaPlace] {
        guard let place, node(place).kind == .object else { return [] }
        return children(of: place)
    }

    func text(_ name: String, of place: SchemaPlace) -> String? {
        guard let place = member(name, of: place), node(place).kind == .string else { return nil }
        return node(place).text
    }

    func flag(_ name: String, of place: SchemaPlace) -> Bool {
        member(name, of: place).map { node($0).kind == .true } ?? false
    }

    func wrong(_ expected: String, _ place: SchemaPlace) -> SchemaError {
        error(.wrongValue(expected: expected), place)
    }

    func error(_ reason: SchemaError.Reason, _ place: SchemaPlace) -> SchemaError {
        requests.sources.error(reason, at: place)
    }

    /// What a reference object stands for, in this file or another that the registry has.
    func dereference(_ place: SchemaPlace) throws(SchemaError) -> SchemaPlace {
        var place = place
        for _ in 0..<Self.referencesMax {
            guard let reference = member("$ref", of: place) else { return place }
            guard let target = requests.sources.locate(node(reference).text, from: reference)
            else { throw error(.unresolved(node(reference).text), reference) }
            place = target
        }
        throw error(.circular, place)
    }
}
