import GatehouseCore

extension OpenAPIReader {
    /// How a form of this media type is read; nil for other media types.
    mutating func form(
        _ range: OpenAPIMediaRange, _ schema: SchemaPlace, _ entry: SchemaPlace
    ) throws(SchemaError) -> OpenAPIForm? {
        let isMultipart = range.type == "multipart" && range.subtype != "mixed"
        guard isMultipart || range.isForm else { return nil }
        let shape = try shape(of: schema)
        var others = OpenAPIForm.Field(parameter: Self.parameter("", shape.others))
        others.content = shape.others.isBinary || shape.others.isAny ? .bytes : .judged
        var form = OpenAPIForm(isMultipart: isMultipart, others: others, block: SchemaBlock.always)
        for (name, member) in shape.members {
            form.fields[name] = OpenAPIForm.Field(parameter: Self.parameter(name, member))
        }
        for encoding in members(of: member("encoding", of: entry)) {
            guard var field = form.fields[name(encoding)] else {
                throw wrong("the name of a property of the schema", encoding)
            }
            try read(encoding, into: &field, isMultipart: isMultipart)
            form.fields[name(encoding)] = field
        }
        for name in form.fields.keys {
            guard var field = form.fields[name] else { continue }
            Self.complete(&field, isMultipart: isMultipart)
            form.fields[name] = field
        }
        form.bases = Set(form.fields.keys.map(OpenAPIForm.base))
        form.spread = form.fields.values.filter(\.isSpread)
        try compile(&form, schema)
        return form
    }

    private static func parameter(_ name: String, _ shape: OpenAPIShape) -> OpenAPIParameter {
        OpenAPIParameter(
            name: name, location: .query, style: .form, explodes: true, isRequired: false,
            allowsEmpty: false, isJSON: false, shape: shape, block: SchemaBlock.always)
    }

    private mutating func read(
        _ encoding: SchemaPlace, into field: inout OpenAPIForm.Field, isMultipart: Bool
    ) throws(SchemaError) {
        let isOld = version.hasPrefix("3.0.")
        let hasStyle = ["style", "explode", "allowReserved"].contains {
            member($0, of: encoding) != nil
        }
        // For parts 3.0 says that a style means nothing.
        if hasStyle, !isMultipart || !isOld {
            field.hasStyle = true
            field.parameter.style = try style(encoding, .query)
            field.parameter.explodes =
                member("explode", of: encoding).map { node($0).kind == .true }
                ?? (field.parameter.style == .form)
            // Of a scalar there is nothing to put into brackets: generators say it of all alike.
            if field.parameter.style == .deepObject, !field.parameter.shape.isNested {
                field.parameter.style = .form
            }
        }
        if let place = member("contentType", of: encoding), !field.hasStyle {
            for type in Self.types(node(place).text) {
                guard let range = OpenAPIMediaRange(type) else {
                    throw wrong("a list of media types", place)
                }
                field.types.append(range)
            }
        }
        guard isMultipart else { return }
        for header in members(of: member("headers", of: encoding)) {
            let lower = name(header).lowercased()
            if lower == "content-type" || lower == "content-disposition" { continue }
            field.headers.append(
                try parameter(try dereference(header), named: lower, .header, isRequest: true))
        }
    }

    /// A list's elements; a comma in quotes separates none.
    private static func types(_ list: String) -> [String] {
        var types = [""]
        var isQuoted = false
        for character in list {
            if character == "\"" { isQuoted.toggle() }
            if character == ",", !isQuoted {
                types.append("")
            } else {
                types[types.count - 1].append(character)
            }
        }
        return types
    }

    /// What a member's content is, and which media types a part of it may have.
    private static func complete(_ field: inout OpenAPIForm.Field, isMultipart: Bool) {
        let shape = field.parameter.shape
        let element = shape.elements.first ?? shape
        field.parameter.isPlain = isMultipart
        if !isMultipart {
            field.parameter.isJSON =
                !field.hasStyle && !field.types.isEmpty && field.types.allSatisfy(\.isJSON)
            return
        }
        if field.hasStyle { return }
        if shape.isBinary || element.isBinary || shape.isAny {
            field.content = .bytes
            let type = (element.mediaType ?? shape.mediaType).flatMap(OpenAPIMediaRange.init)
            if field.types.isEmpty, let type, type.subtype != "octet-stream" {
                field.types = [type]
            }
        } else if field.types.isEmpty {
            let kinds = shape.kinds
            field.types = Self.textOrJSON.filter { type in
                type.isJSON
                    ? element.form != .scalar || !kinds.isDisjoint(with: [.object, .array])
                    : element.form == .scalar
            }
        } else if !field.types.allSatisfy({ $0.isJSON || $0.type == "text" }) {
            field.content = .opaque
        }
    }

    private static let textOrJSON = ["text/plain", "application/json"].compactMap(
        OpenAPIMediaRange.init)

    private mutating func compile(
        _ form: inout OpenAPIForm, _ schema: SchemaPlace
    ) throws(SchemaError) {
        guard form.isMultipart else {
            form.block = try requests.block(schema)
            return
        }
        let opaque = form.fields.filter { $0.value.content == .opaque }.map(\.key)
        if !opaque.isEmpty {
            let places = try memberPlaces(of: schema)
            var compiler = SchemaCompiler(sources: requests.sources, options: options.schemas)
            compiler.direction = .request
            compiler.readsParts = true
            for name in opaque {
                compiler.opaque.formUnion(places[name] ?? [])
                for place in places[name] ?? [] {
                    form.fields[name]?.blocks.append(try parts[0].block(place))
                }
            }
            guard parts.count < Self.formsMax else { throw error(.tooLarge, schema) }
            parts.append(compiler)
            form.program = parts.count - 1
        }
        form.block = try parts[form.program].block(schema)
    }

    /// Forms with parts that nobody can judge: each has a program of its own.
    private static let formsMax = 256

    mutating func finishParts() throws(SchemaError) -> [SchemaProgram] {
        var programs: [SchemaProgram] = []
        for index in parts.indices { programs.append(try parts[index].finish()) }
        return programs
    }
}

extension OpenAPIShape {
    /// What members that are not named are.
    fileprivate var others: OpenAPIShape {
        var shape = OpenAPIShape(kinds: kinds)
        shape.isAny = isOtherAny
        shape.isBinary = isOtherBinary
        return shape
    }
}
