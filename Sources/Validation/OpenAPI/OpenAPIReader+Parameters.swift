import GatehouseCore

extension OpenAPIReader {
    /// Headers that other parts of a document describe.
    private static let ignoredHeaders: Set<String> = ["accept", "content-type", "authorization"]

    mutating func parameters(_ list: SchemaPlace) throws(SchemaError) -> [OpenAPIParameter] {
        var all: [OpenAPIParameter] = []
        var seen: Set<String> = []
        for entry in children(of: list) {
            let place = try dereference(entry)
            guard let name = text("name", of: place),
                let location = text("in", of: place)
                    .flatMap(OpenAPIParameter.Location.init(rawValue:))
            else {
                throw wrong("a parameter with name and in: query, path, header or cookie", place)
            }
            let known = location == .header ? name.lowercased() : name
            if location == .header, Self.ignoredHeaders.contains(known) { continue }
            guard seen.insert("\(location) \(known)").inserted else {
                throw error(.repeated("parameter"), entry)
            }
            all.append(try parameter(place, named: known, location, isRequest: true))
        }
        return all
    }

    /// A parameter, or a header of an answer.
    mutating func parameter(
        _ place: SchemaPlace, named name: String, _ location: OpenAPIParameter.Location,
        isRequest: Bool
    ) throws(SchemaError) -> OpenAPIParameter {
        let style = try style(place, location)
        let isRequired = flag("required", of: place)
        if location == .path, !isRequired { throw wrong("required: true in a path", place) }
        var parameter = OpenAPIParameter(
            name: name, location: location, style: style,
            explodes: member("explode", of: place).map { node($0).kind == .true }
                ?? (style == .form),
            isRequired: isRequired, allowsEmpty: flag("allowEmptyValue", of: place),
            isJSON: false, shape: OpenAPIShape(), block: SchemaBlock.always)
        var schema = member("schema", of: place)
        if let content = member("content", of: place) {
            guard schema == nil, let entry = children(of: content).first,
                children(of: content).count == 1, let range = OpenAPIMediaRange(self.name(entry))
            else { throw wrong("either a schema or content of one media type", place) }
            parameter.isJSON = range.isJSON
            schema = member("schema", of: entry)
        }
        guard let schema else { return parameter }
        parameter.block = isRequest ? try requests.block(schema) : try responses.block(schema)
        if !parameter.isJSON { parameter.shape = try shape(of: schema) }
        // Of a scalar there is nothing to put into brackets: generators say it of all alike.
        if style == .deepObject, !parameter.isJSON, !parameter.shape.isNested {
            parameter.style = .form
        }
        return parameter
    }

    func style(
        _ place: SchemaPlace, _ location: OpenAPIParameter.Location
    ) throws(SchemaError) -> OpenAPIParameter.Style {
        let allowed: [OpenAPIParameter.Style] =
            switch location {
            case .query: [.form, .spaceDelimited, .pipeDelimited, .deepObject]
            case .path: [.simple, .label, .matrix]
            case .header: [.simple]
            case .cookie: [.form]
            }
        guard let named = text("style", of: place) else { return allowed[0] }
        guard let style = OpenAPIParameter.Style(rawValue: named), allowed.contains(style) else {
            throw wrong(allowed.map(\.rawValue).joined(separator: ", ") + " as style", place)
        }
        return style
    }

    /// What a schema says about its values' kinds, gathered from all that applies to them.
    private struct Facts {
        var kinds: SchemaKinds?
        var items: [SchemaPlace] = []
        var members: [String: [SchemaPlace]] = [:]
        var others: [SchemaPlace] = []
        var isClosed = false
        var isBinary = false
        var mediaType: String?
    }

    /// Objects and lists inside each other that text can stand for.
    private static let nestingMax = 9
    /// Schemas inside each other that are looked at.
    private static let depthMax = 200
    /// Schemas that are looked at for one shape.
    private static let schemasMax = 2_000

    /// How text becomes a value of this schema.
    mutating func shape(of place: SchemaPlace) throws(SchemaError) -> OpenAPIShape {
        var left = Self.schemasMax
        return try shape(of: [place], depth: 0, &left)
    }

    /// The schemas of each member that a schema names.
    mutating func memberPlaces(
        of place: SchemaPlace
    ) throws(SchemaError) -> [String: [SchemaPlace]] {
        var left = Self.schemasMax
        var facts = Facts()
        try gather(place, into: &facts, depth: 0, &left)
        return facts.members
    }

    private mutating func shape(
        of places: [SchemaPlace], depth: Int, _ left: inout Int
    ) throws(SchemaError) -> OpenAPIShape {
        var facts = Facts()
        for place in places { try gather(place, into: &facts, depth: 0, &left) }
        let kinds = facts.kinds ?? (facts.members.isEmpty ? .string : .object)
        var shape = OpenAPIShape(kinds: kinds)
        shape.isAny = facts.kinds == nil
        shape.isBinary = facts.isBinary
        shape.mediaType = facts.mediaType
        guard depth < Self.nestingMax else { return shape }
        let isScalar = !kinds.isDisjoint(with: [.string, .number, .integer, .boolean])
        shape.isNested = !kinds.isDisjoint(with: [.object, .array])
        if kinds.contains(.object) {
            for (name, schemas) in facts.members {
                shape.members[name] = try self.shape(of: schemas, depth: depth + 1, &left)
            }
        }
        let other = try self.shape(of: facts.others, depth: Self.nestingMax, &left)
        shape.otherKinds = other.kinds
        if kinds.contains(.array), !facts.items.isEmpty {
            shape.elements = [try self.shape(of: facts.items, depth: depth + 1, &left)]
        }
        if kinds.contains(.object), !isScalar {
            shape.form = .record
            shape.isOpen = !facts.isClosed
            shape.kinds = other.kinds
            shape.isOtherAny = other.isAny
            shape.isOtherBinary = other.isBinary
        } else if kinds.contains(.array), !isScalar {
            shape.form = .list
            shape.kinds = shape.elements.first?.kinds ?? .string
            if shape.elements.isEmpty { shape.elements = [OpenAPIShape()] }
        }
        return shape
    }

    private mutating func gather(
        _ place: SchemaPlace, into facts: inout Facts, depth: Int, _ left: inout Int
    ) throws(SchemaError) {
        left -= 1
        guard left > 0, depth < Self.depthMax else { return }
        if let reference = requests.sources.member("$ref", of: place) {
            let text = requests.sources.node(reference).text
            let target = try requests.sources.resolve(text, at: reference).place
            try gather(target, into: &facts, depth: depth + 1, &left)
        }
        if let kinds = kinds(of: place) {
            facts.kinds = facts.kinds.map { $0.intersection(kinds) } ?? kinds
        }
        if requests.sources.isBinary(place) {
            facts.isBinary = true
            facts.mediaType = text("contentMediaType", of: place) ?? facts.mediaType
        }
        if let items = requests.sources.member("items", of: place) { facts.items.append(items) }
        if let members = requests.sources.member("properties", of: place) {
            for member in requests.sources.children(of: members) {
                facts.members[requests.sources.node(member).name, default: []].append(member)
            }
        }
        if let others = requests.sources.member("additionalProperties", of: place) {
            if requests.sources.node(others).kind == .false { facts.isClosed = true }
            facts.others.append(others)
        }
        if let all = requests.sources.member("allOf", of: place) {
            for part in requests.sources.children(of: all) {
                try gather(part, into: &facts, depth: depth + 1, &left)
            }
        }
        for name in ["anyOf", "oneOf"] {
            guard let list = requests.sources.member(name, of: place) else { continue }
            var union = facts
            union.kinds = nil
            var kinds: SchemaKinds = []
            for part in requests.sources.children(of: list) {
                union.kinds = nil
                try gather(part, into: &union, depth: depth + 1, &left)
                kinds.formUnion(union.kinds ?? .string)
            }
            union.kinds = facts.kinds.map { $0.intersection(kinds) } ?? kinds
            facts = union
        }
    }

    /// The kinds that `type`, `enum` or `const` leave; nil if they say nothing.
    private func kinds(of place: SchemaPlace) -> SchemaKinds? {
        let sources = requests.sources
        if let type = sources.member("type", of: place) {
            let node = sources.node(type)
            let names =
                node.kind == .array
                ? sources.children(of: type).map { sources.node($0).text } : [node.text]
            var kinds: SchemaKinds = []
            for name in names { kinds.formUnion(SchemaKinds(named: name)) }
            if let nullable = sources.member("nullable", of: place),
                sources.node(nullable).kind == .true
            {
                kinds.insert(.null)
            }
            return kinds
        }
        var values = sources.member("enum", of: place).map { sources.children(of: $0) } ?? []
        if let constant = sources.member("const", of: place) { values.append(constant) }
        guard !values.isEmpty else { return nil }
        return values.reduce(into: []) { $0.formUnion(SchemaKinds(sources.node($1).kind)) }
    }
}

extension SchemaKinds {
    /// By the name that schemas use; empty for others.
    fileprivate init(named name: String) {
        self =
            switch name {
            case "object": .object
            case "array": .array
            case "string": .string
            case "number": [.number, .integer]
            case "integer": .integer
            case "boolean": .boolean
            case "null": .null
            default: []
            }
    }
}
