import GatehouseCore

/// A node of one of the documents.
struct SchemaPlace: Hashable {
    let document: Int
    let node: Int
}

/// A schema with a URI of its own, alone in its document or embedded in another's.
struct SchemaResource {
    let uri: String
    let root: SchemaPlace
    let dialect: SchemaDialect
    var anchors: [String: SchemaPlace] = [:]
    var dynamicAnchors: [String: SchemaPlace] = [:]
}

/// All documents that a schema reaches, and what can be referred to in them.
struct SchemaSources {
    private(set) var documents: [(uri: String, json: JSONDocument)] = []
    private(set) var resources: [SchemaResource] = []
    private var documentByURI: [String: Int] = [:]
    private var resourceByURI: [String: Int] = [:]
    /// The resource that a schema belongs to.
    private var resourceByPlace: [SchemaPlace: Int] = [:]
    private let registry: SchemaRegistry
    private let options: SchemaOptions
    /// Whether all documents of the registry were looked through for embedded schemas.
    private var knowsRegistry = false
    /// The dialect of documents that name none; nil: the options'.
    var dialect: SchemaDialect?

    /// `$recursiveAnchor` as a name that no `$dynamicAnchor` can have.
    static let recursiveAnchor = "$recursiveAnchor"
    /// `$schema` of metaschemas of metaschemas: a few at most.
    private static let metaschemaDepthMax = 8

    init(registry: SchemaRegistry, options: SchemaOptions) {
        self.registry = registry
        self.options = options
    }

    func node(_ place: SchemaPlace) -> JSONDocument.Node {
        documents[place.document].json.nodes[place.node]
    }

    func member(_ name: String, of place: SchemaPlace) -> SchemaPlace? {
        documents[place.document].json.member(name, of: place.node)
            .map { SchemaPlace(document: place.document, node: $0) }
    }

    func children(of place: SchemaPlace) -> [SchemaPlace] {
        node(place).children.map { SchemaPlace(document: place.document, node: $0) }
    }

    func error(_ reason: SchemaError.Reason, at place: SchemaPlace) -> SchemaError {
        SchemaError(
            document: documents[place.document].uri,
            pointer: documents[place.document].json.pointer(of: place.node), reason: reason)
    }

    func warning(_ kind: SchemaWarning.Kind, at place: SchemaPlace) -> SchemaWarning {
        SchemaWarning(
            document: documents[place.document].uri,
            pointer: documents[place.document].json.pointer(of: place.node), kind: kind)
    }

    /// Adds a document whose root is a schema.
    mutating func add(_ json: JSONDocument, at uri: String) throws(SchemaError) -> SchemaPlace {
        let root = add(json: json, at: uri)
        try index(root, in: nil, base: uri)
        return root
    }

    /// Adds a document in which schemas stand at places that `resource(of:)` will be asked for.
    mutating func add(json: JSONDocument, at uri: String) -> SchemaPlace {
        documentByURI[URIReference(uri).document] = documents.count
        documents.append((uri, json))
        return SchemaPlace(document: documents.count - 1, node: 0)
    }

    /// Adds a document that is no schema, but holds some, which see what they refer to from its
    /// root.
    mutating func add(
        container json: JSONDocument, at uri: String, dialect: SchemaDialect
    ) throws(SchemaError) -> SchemaPlace {
        let root = add(json: json, at: uri)
        let resource = SchemaResource(
            uri: URIReference(uri).document, root: root, dialect: dialect)
        resourceByPlace[root] = try add(resource, alias: nil)
        try indexNamed(in: root.document)
        return root
    }

    /// Notes schemas below objects that are none, for others to refer to by their own names;
    /// parents come first.
    private mutating func indexNamed(in document: Int) throws(SchemaError) {
        let json = documents[document].json
        for (number, node) in json.nodes.enumerated() {
            guard ["$id", "$anchor", "$dynamicAnchor"].contains(node.name), node.kind == .string,
                !isSample(number, in: json)
            else { continue }
            _ = try resource(of: SchemaPlace(document: document, node: node.parent))
        }
    }

    /// Whether a node stands in a value that is shown or compared, where names mean nothing.
    private func isSample(_ number: Int, in json: JSONDocument) -> Bool {
        var above = json.nodes[number].parent
        while above >= 0 {
            if Self.samples.contains(json.nodes[above].name) { return true }
            above = json.nodes[above].parent
        }
        return false
    }

    private static let samples: Set<String> = ["example", "examples", "default", "enum", "const"]

    /// Adds a further file of a document: a schema, or objects that hold some.
    mutating func add(
        file: (uri: String, json: JSONDocument), dialect: SchemaDialect
    ) throws(SchemaError) {
        if file.json.member("openapi", of: 0) != nil {
            _ = try add(container: file.json, at: file.uri, dialect: dialect)
        } else {
            let root = try add(file.json, at: file.uri)
            try indexNamed(in: root.document)
        }
    }

    /// What a reference between objects that are no schemas leads to; nil for nothing.
    func locate(_ reference: String, from place: SchemaPlace) -> SchemaPlace? {
        let base = URIReference(documents[place.document].uri)
        let target = base.resolving(URIReference(reference))
        guard let pointer = target.decodedFragment,
            let number = documentByURI[target.document],
            let node = documents[number].json.resolve(pointer)
        else { return nil }
        return SchemaPlace(document: number, node: node)
    }

    /// Whether a schema stands for bytes and not for text, where both can be.
    func isBinary(_ place: SchemaPlace) -> Bool {
        if let format = member("format", of: place), node(format).text == "binary" { return true }
        return dialect?.draft != .openAPI30 && member("contentMediaType", of: place) != nil
            && member("contentEncoding", of: place) == nil
    }

    /// The number of the resource that a schema belongs to. Below an unknown keyword nothing was
    /// looked at before: what is referred to there is a schema nevertheless.
    mutating func resource(of place: SchemaPlace) throws(SchemaError) -> Int {
        if let known = resourceByPlace[place] { return known }
        var above = place
        while node(above).parent >= 0 {
            above = SchemaPlace(document: place.document, node: node(above).parent)
            if let known = resourceByPlace[above] {
                try index(place, in: known, base: resources[known].uri)
                break
            }
        }
        if resourceByPlace[place] == nil {
            try index(place, in: nil, base: documents[place.document].uri)
        }
        return resourceByPlace[place] ?? 0
    }

    /// Notes the schema at `start` and all in it: their resources and anchors.
    private mutating func index(
        _ start: SchemaPlace, in resource: Int?, base: String
    ) throws(SchemaError) {
        var pending: [(place: SchemaPlace, resource: Int?)] = [(start, resource)]
        while let (place, outer) = pending.popLast() {
            guard resourceByPlace[place] == nil else { continue }
            guard resourceByPlace.count < options.subschemasMax else {
                throw error(.tooLarge, at: place)
            }
            let own = try ownResource(place, outer: outer, base: base)
            resourceByPlace[place] = own
            guard node(place).kind == .object else { continue }
            try noteAnchors(place, own)
            let dialect = resources[own].dialect
            if dialect.refHidesSiblings, member("$ref", of: place) != nil { continue }
            for keyword in children(of: place) {
                guard let shape = dialect.shape(of: node(keyword).name) else { continue }
                pending += subschemas(keyword, shape).map { ($0, own) }
            }
        }
    }

    /// The schemas that a keyword holds.
    func subschemas(_ keyword: SchemaPlace, _ shape: SchemaDialect.Shape) -> [SchemaPlace] {
        let kind = node(keyword).kind
        switch shape {
        case .value: return []
        case .schema: return [keyword]
        case .schemaList: return kind == .array ? children(of: keyword) : []
        case .schemaMap: return kind == .object ? children(of: keyword) : []
        case .schemaOrList: return kind == .array ? children(of: keyword) : [keyword]
        case .dependencies:
            return kind == .object ? children(of: keyword).filter { node($0).kind != .array } : []
        }
    }

    /// The resource that a schema begins, or the one around it.
    private mutating func ownResource(
        _ place: SchemaPlace, outer: Int?, base: String
    ) throws(SchemaError) -> Int {
        let outerDialect = outer.map { resources[$0].dialect }
        var uri: String?
        if let id = member("$id", of: place), outerDialect?.draft != .openAPI30 {
            guard node(id).kind == .string else {
                throw error(.wrongValue(expected: "a URI"), at: id)
            }
            uri = node(id).text
        }
        let hidden =
            (try dialect(of: place, default: outerDialect)).refHidesSiblings
            && member("$ref", of: place) != nil
        if hidden || uri?.hasPrefix("#") ?? false { uri = nil }
        if uri == nil, let outer { return outer }
        let outerURI = outer.map { resources[$0].uri } ?? base
        let absolute = URIReference(outerURI).resolving(URIReference(uri ?? ""))
        guard absolute.fragment?.isEmpty ?? true else {
            throw error(.wrongValue(expected: "a URI without fragment"), at: place)
        }
        let resource = SchemaResource(
            uri: absolute.document, root: place,
            dialect: try dialect(of: place, default: outerDialect))
        return try add(resource, alias: outer == nil ? base : nil)
    }

    private mutating func add(
        _ resource: SchemaResource, alias: String?
    ) throws(SchemaError) -> Int {
        let number = resources.count
        if let known = resourceByURI[resource.uri], resources[known].root != resource.root {
            throw error(.repeated("$id"), at: resource.root)
        }
        resources.append(resource)
        resourceByURI[resource.uri] = number
        if let alias { resourceByURI[URIReference(alias).document] = number }
        return number
    }

    private mutating func noteAnchors(_ place: SchemaPlace, _ own: Int) throws(SchemaError) {
        let dialect = resources[own].dialect
        if dialect.draft <= .draft7 {
            guard let id = member("$id", of: place), node(id).text.hasPrefix("#"),
                member("$ref", of: place) == nil
            else { return }
            let name = String(node(id).text.dropFirst())
            if !name.isEmpty { try note(name, at: place, of: own) }
            return
        }
        if let anchor = member("$anchor", of: place), node(anchor).kind == .string {
            try note(node(anchor).text, at: place, of: own)
        }
        if let anchor = member("$dynamicAnchor", of: place), node(anchor).kind == .string,
            dialect.draft == .draft2020
        {
            try note(node(anchor).text, at: place, of: own)
            resources[own].dynamicAnchors[node(anchor).text] = place
        }
        if let anchor = member("$recursiveAnchor", of: place), node(anchor).kind == .true,
            dialect.draft == .draft2019
        {
            resources[own].dynamicAnchors[Self.recursiveAnchor] = place
        }
    }

    private mutating func note(
        _ name: String, at place: SchemaPlace, of own: Int
    ) throws(SchemaError) {
        if let known = resources[own].anchors[name], known != place {
            throw error(.repeated("anchor"), at: place)
        }
        resources[own].anchors[name] = place
    }

    /// The dialect that a schema names, or the one around it.
    private mutating func dialect(
        of place: SchemaPlace, default outer: SchemaDialect?
    ) throws(SchemaError) -> SchemaDialect {
        guard outer?.draft != .openAPI30, let named = member("$schema", of: place),
            node(named).kind == .string
        else {
            return outer ?? dialect
                ?? SchemaDialect(options.dialect == .draft7 ? .draft7 : .draft2020)
        }
        return try dialect(named: node(named).text, at: named, depth: 0)
    }

    private func dialect(
        named uri: String, at place: SchemaPlace, depth: Int
    ) throws(SchemaError) -> SchemaDialect {
        if let known = SchemaDialect(uri: uri) { return known }
        guard depth < Self.metaschemaDepthMax,
            let metaschema = registry.document(URIReference(uri).document),
            let named = metaschema.member("$schema", of: 0)
        else { throw error(.unknownDialect(uri), at: place) }
        let outer = try dialect(
            named: metaschema.nodes[named].text, at: place, depth: depth + 1)
        guard let list = metaschema.member("$vocabulary", of: 0) else { return outer }
        let vocabularies = metaschema.nodes[list].children.map { metaschema.nodes[$0] }
        do throws(SchemaDialect.UnknownVocabulary) {
            return try SchemaDialect(
                draft: outer.draft, vocabularies: vocabularies.map { ($0.name, $0.kind == .true) })
        } catch { throw self.error(.unknownVocabulary(error.uri), at: place) }
    }

    /// What a reference at `place` leads to, and its anchor if it names one.
    mutating func resolve(
        _ reference: String, at place: SchemaPlace
    ) throws(SchemaError) -> (place: SchemaPlace, anchor: String?) {
        let own = resources[
            try resource(of: SchemaPlace(document: place.document, node: node(place).parent))]
        guard Format.iriReference.accepts(reference) else { throw error(.badURI, at: place) }
        let absolute = URIReference(own.uri).resolving(URIReference(reference))
        guard let fragment = absolute.decodedFragment else { throw error(.badURI, at: place) }
        guard let target = try resource(at: absolute.document) else {
            throw error(.unresolved(reference), at: place)
        }
        if fragment.isEmpty { return (resources[target].root, nil) }
        if fragment.hasPrefix("/") {
            let root = resources[target].root
            guard let node = documents[root.document].json.resolve(fragment, from: root.node) else {
                throw error(.unresolved(reference), at: place)
            }
            return (SchemaPlace(document: root.document, node: node), nil)
        }
        guard let anchor = resources[target].anchors[fragment] else {
            throw error(.unresolved(reference), at: place)
        }
        return (anchor, fragment)
    }

    private mutating func resource(at uri: String) throws(SchemaError) -> Int? {
        if let known = resourceByURI[uri] { return known }
        if let json = registry.document(uri) {
            _ = try add(json, at: uri)
        } else if !knowsRegistry {
            knowsRegistry = true
            try indexRegistry()
        }
        return resourceByURI[uri]
    }

    /// A schema may be embedded in a document of another name. Documents in dialects that are not
    /// known are left out: they matter only when they are referred to.
    private mutating func indexRegistry() throws(SchemaError) {
        for (uri, json) in registry.documents.sorted(by: { $0.key < $1.key }) {
            guard resourceByURI[uri] == nil else { continue }
            let saved = self
            do throws(SchemaError) { _ = try add(json, at: uri) } catch { self = saved }
            knowsRegistry = true
        }
    }
}
