import GatehouseCore

/// One look at traffic: who caused it, and how much more may be kept of it.
struct TrafficLook {
    let client: ClientMarks
    /// Places that the operation, and all of them, may still take.
    var nodesLeft: Int
    /// Values of this body that are still looked at.
    var valuesLeft = TrafficLimits.valuesMax
    /// Whether the value under a name is secret.
    let isSecret: @Sendable (String) -> Bool

    /// A new place; nil when there is room for no more.
    mutating func place(_ name: String, inside outer: ObservedValue?) -> ObservedValue? {
        guard nodesLeft > 0 else { return nil }
        nodesLeft -= 1
        let isSensitive =
            outer?.isSensitive == true || isSecret(name) || TrafficNames.isPersonal(name)
        return ObservedValue(isSensitive: isSensitive)
    }
}

extension ObservedValue {
    /// Looks at a JSON value.
    mutating func observe(_ value: JSONValue, _ look: inout TrafficLook, depth: Int = 0) {
        count += 1
        look.valuesLeft -= 1
        switch value.kind {
        case .null: mark(ObservedFact.kind(.null), look.client)
        case .true, .false: mark(ObservedFact.kind(.boolean), look.client)
        case .number: observe(number: value.text, look.client)
        case .string:
            var text: [UInt8] = []
            value.appendText(to: &text)
            mark(ObservedFact.kind(.string), look.client)
            observe(content: text, look.client)
        case .array: observe(array: value, &look, depth)
        case .object: observe(object: value, &look, depth)
        }
    }

    /// Looks at the text of a parameter or form field, which may stand for a number or boolean.
    mutating func observe(text: [UInt8], _ client: ClientMarks) {
        var tape = JSONTape()
        var kind = ObservedFact.Kind.string
        // What `OpenAPIText` would read as a number or boolean, and nothing else.
        if text.count <= 40, let first = text.first,
            first == 0x2D || first.isDigit || text.count < 6
        {
            do throws(JSONError) {
                let value = try tape.parse(text.raw)
                let isWhole = value.text.byteCount == text.count
                switch value.kind {
                case .true, .false: if isWhole { kind = .boolean }
                case .number:
                    if isWhole {
                        observe(number: text.raw, client)
                        kind = .number
                    }
                default: break
                }
            } catch { kind = .string }
        }
        if kind != .number { mark(ObservedFact.kind(kind), client) }
        observe(content: text, client)
    }

    private mutating func observe(number text: RawSpan, _ client: ClientMarks) {
        let bytes = text.array
        let isWhole = bytes.allSatisfy { $0 == 0x2D || $0.isDigit }
        mark(ObservedFact.kind(isWhole ? .integer : .number), client)
        guard !isSensitive else { return }
        let string = String(decoding: bytes, as: UTF8.self)
        let magnitude: Int
        if isWhole {
            let edge = ObservedFact.magnitudeMax
            magnitude =
                Int64(string).map { ObservedFact.magnitude($0) }
                ?? (bytes.first == 0x2D ? -edge : edge)
        } else {
            magnitude = ObservedFact.magnitude(Double(string) ?? .infinity)
        }
        mark(ObservedFact.measure(.number, magnitude), client)
    }

    private mutating func observe(content text: [UInt8], _ client: ClientMarks) {
        // Lengths of schemas are in characters.
        let characters = text.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
        mark(
            ObservedFact.measure(.length, ObservedFact.magnitude(Int64(characters))), client)
        mark(ObservedFact.textClass(TextClass(text.raw)), client)
        guard !isSensitive, !choices.isClosed else { return }
        choices.observe(String(decoding: text, as: UTF8.self), client)
    }

    private mutating func observe(
        array: JSONValue, _ look: inout TrafficLook, _ depth: Int
    ) {
        mark(ObservedFact.kind(.array), look.client)
        mark(
            ObservedFact.measure(.items, ObservedFact.magnitude(Int64(array.count))), look.client)
        guard array.count > 0 else { return }
        if items.isEmpty, depth < TrafficLimits.depthMax, let place = look.place("", inside: self) {
            items = [place]
        }
        guard !items.isEmpty else { return mark(ObservedFact.truncated, look.client) }
        var elements = array.elements
        while let element = elements.next() {
            guard look.valuesLeft > 0 else { return }
            items[0].observe(element, &look, depth: depth + 1)
        }
    }

    private mutating func observe(
        object: JSONValue, _ look: inout TrafficLook, _ depth: Int
    ) {
        mark(ObservedFact.kind(.object), look.client)
        mark(
            ObservedFact.measure(.members, ObservedFact.magnitude(Int64(object.count))),
            look.client)
        objects += 1
        guard depth < TrafficLimits.depthMax else {
            if object.count > 0 { mark(ObservedFact.truncated, look.client) }
            return
        }
        var members = object.members
        while let member = members.next() {
            guard look.valuesLeft > 0 else { return }
            let name = member.name.string ?? ""
            prepare(name, &look)
            if properties[name] != nil {
                properties[name]?.observe(member.value, &look, depth: depth + 1)
            } else if !additional.isEmpty {
                additional[0].observe(member.value, &look, depth: depth + 1)
            } else {
                mark(ObservedFact.truncated, look.client)
            }
        }
        boundProperties()
    }

    /// Looks at the fields of a form.
    mutating func observe(fields: FormFields, _ look: inout TrafficLook) {
        count += 1
        objects += 1
        mark(ObservedFact.kind(.object), look.client)
        mark(
            ObservedFact.measure(.members, ObservedFact.magnitude(Int64(fields.count))),
            look.client)
        var texts: [String: [[UInt8]]] = [:]
        for index in 0..<fields.count {
            texts[String(lossy: fields.name(index)), default: []].append(fields.value(index).array)
        }
        for (name, values) in texts {
            prepare(name, &look)
            if properties[name] != nil {
                properties[name]?.observe(texts: values, look.client)
            } else if !additional.isEmpty {
                additional[0].observe(texts: values, look.client)
            } else {
                mark(ObservedFact.truncated, look.client)
            }
        }
        boundProperties()
    }

    /// Looks at all texts of one parameter or field.
    mutating func observe(texts: [[UInt8]], _ client: ClientMarks) {
        count += 1
        for text in texts { observe(text: text, client) }
        mark(
            ObservedFact.measure(.items, ObservedFact.magnitude(Int64(texts.count))), client)
        if texts.count > 1 { mark(ObservedFact.repeated, client) }
    }

    /// Makes a place for a member, where there is room.
    private mutating func prepare(_ name: String, _ look: inout TrafficLook) {
        guard properties[name] == nil else { return }
        if TrafficNames.isName(name) {
            if let place = look.place(name, inside: self) { properties[name] = place }
        } else if additional.isEmpty, let place = look.place("", inside: self) {
            additional = [place]
        }
    }
}
