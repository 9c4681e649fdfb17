/// Schemas of what was seen, bounded everywhere.
struct SchemaProposal {
    let rules: ProposalRules

    /// A whole number's bounds where it is an id: ids grow.
    private static let identifierMax = [Int(Int32.max), 1 << 53]

    private func isKnown(_ marks: ClientMarks) -> Bool { marks.count >= rules.clientsMin }

    private func kinds(_ value: ObservedValue) -> Set<ObservedFact.Kind> {
        Set(
            ObservedFact.Kind.allCases.filter {
                isKnown(value.marks(ObservedFact.kind($0)))
            })
    }

    // MARK: JSON

    /// The schema of JSON values; nil if too few clients sent any of a kind.
    func schema(_ value: ObservedValue, named name: String = "") -> DocumentTree? {
        var kinds = kinds(value)
        if kinds.contains(.number) { kinds.remove(.integer) }
        guard !kinds.isEmpty else { return nil }
        let names = ObservedFact.Kind.allCases.filter(kinds.contains).map(\.name)
        var pairs: [(String, DocumentTree?)] = [
            (
                "type",
                names.count == 1 ? .text(names[0]) : .array(names.map { .text($0) })
            )
        ]
        if kinds.contains(.string) {
            if kinds.isSubset(of: [.string, .null]), let choices = choices(value) {
                let null: [DocumentTree] = kinds.contains(.null) ? [.null] : []
                pairs.append(("enum", .array(choices + null)))
                return .members(pairs)
            }
            pairs += texts(value)
        }
        if !kinds.isDisjoint(with: [.integer, .number]) { pairs += numbers(value, name) }
        if kinds.contains(.array) { pairs += array(value, name) }
        if kinds.contains(.object) { pairs += object(value) }
        return .members(pairs)
    }

    private func array(_ value: ObservedValue, _ name: String) -> [(String, DocumentTree?)] {
        let magnitude = value.highest(.items, clientsMin: rules.clientsMin) ?? 0
        let items = value.items.first.flatMap { schema($0, named: name) }
        let isOpen = isKnown(value.marks(ObservedFact.truncated))
        let most: Int
        if items == nil, !isOpen {
            // Only empty ones were seen by enough.
            most = 0
        } else {
            most = bound(magnitude)
        }
        return [("items", items ?? .object([])), ("maxItems", .int(most))]
    }

    private func object(_ value: ObservedValue) -> [(String, DocumentTree?)] {
        let schemas = value.properties.mapValues { $0 }.compactMap {
            name, inner -> (String, DocumentTree)? in
            schema(inner, named: name).map { (name, $0) }
        }
        return members(value, schemas)
    }

    /// An object by the schemas of its members.
    private func members(
        _ value: ObservedValue, _ schemas: [(String, DocumentTree)],
        additional write: (ObservedValue) -> DocumentTree? = { _ in nil }
    ) -> [(String, DocumentTree?)] {
        let sorted = schemas.sorted { $0.0 < $1.0 }
        let required = sorted.map(\.0).filter {
            value.properties[$0]?.count == value.objects
        }
        var pairs: [(String, DocumentTree?)] = [
            (
                "properties",
                sorted.isEmpty
                    ? nil : .object(sorted.map { .init(name: $0.0, value: $0.1) })
            ),
            ("required", required.isEmpty ? nil : .array(required.map { .text($0) })),
        ]
        let rest = value.additional.first.flatMap { write($0) ?? schema($0) }
        if rest != nil || isKnown(value.marks(ObservedFact.truncated)) {
            let magnitude = value.highest(.members, clientsMin: rules.clientsMin) ?? 0
            pairs.append(("additionalProperties", rest ?? .object([])))
            pairs.append(("maxProperties", .int(bound(magnitude))))
        } else {
            pairs.append(("additionalProperties", .bool(false)))
        }
        return pairs
    }

    // MARK: Parameters and forms

    /// The schema of a parameter's or form field's texts.
    func schema(text value: ObservedValue, named name: String) -> DocumentTree? {
        guard let single = schema(single: value, named: name) else { return nil }
        guard isKnown(value.marks(ObservedFact.repeated)) else { return single }
        let most = value.highest(.items, clientsMin: rules.clientsMin) ?? 1
        return .members([
            ("type", .text("array")), ("items", single), ("maxItems", .int(bound(most))),
        ])
    }

    /// One kind for all texts: where they differ, all are texts.
    private func schema(single value: ObservedValue, named name: String) -> DocumentTree? {
        let kinds = kinds(value)
        guard isKnown(value.clients) else { return nil }
        if !kinds.isEmpty, kinds.isSubset(of: [.integer, .number]) {
            let type = kinds.contains(.number) ? "number" : "integer"
            return .members([("type", .text(type))] + numbers(value, name))
        }
        if kinds == [.boolean] { return .members([("type", .text("boolean"))]) }
        if let choices = choices(value) {
            return .members([("type", .text("string")), ("enum", .array(choices))])
        }
        return .members([("type", .text("string"))] + texts(value))
    }

    /// The schema of a parameter in a path, which is never empty.
    func schema(path value: ObservedValue, named name: String) -> DocumentTree {
        var schema = schema(single: value, named: name) ?? .members([("type", .text("string"))])
        if schema["type"] == .text("string"), case .object(var members) = schema {
            let isToken = [TextClass.text, .uri, .email].allSatisfy {
                !isKnown(value.marks(ObservedFact.textClass($0)))
            }
            if schema["maxLength"] == nil {
                members.append(.init(name: "maxLength", value: .int(bound(0))))
            }
            if isToken, schema["format"] == nil, rules.hasMargin {
                members.append(
                    .init(name: "pattern", value: .text("^[A-Za-z0-9._~:@+-]+$")))
            }
            schema = .object(members)
        }
        return schema
    }

    /// The schema of a form.
    func schema(form value: ObservedValue) -> DocumentTree? {
        guard isKnown(value.marks(ObservedFact.kind(.object))) else { return nil }
        let schemas = value.properties.compactMap { name, inner -> (String, DocumentTree)? in
            schema(text: inner, named: name).map { (name, $0) }
        }
        return .members(
            [("type", .text("object"))]
                + members(value, schemas) { schema(text: $0, named: "") })
    }

    // MARK: Bounds

    /// The most that a magnitude stands for, with room; or the least, without.
    private func bound(_ magnitude: Int) -> Int {
        guard rules.hasMargin else { return least(magnitude) }
        return max(8, 1 << min(magnitude + 1, 53))
    }

    /// The least that a magnitude, which is not negative, stands for.
    private func least(_ magnitude: Int) -> Int {
        magnitude <= 0 ? 0 : 1 << min(magnitude - 1, 53)
    }

    /// The most that it stands for.
    private func most(_ magnitude: Int) -> Int {
        magnitude <= 0 ? 0 : (1 << min(magnitude, 53)) - 1
    }

    private func texts(_ value: ObservedValue) -> [(String, DocumentTree?)] {
        let low = value.lowest(.length, clientsMin: rules.clientsMin) ?? 0
        let high = value.highest(.length, clientsMin: rules.clientsMin) ?? 0
        let classes = TextClass.allCases.filter { value.marks(ObservedFact.textClass($0)) != .none }
        // A format holds where too few clients sent anything else.
        let format = classes.first { name in
            guard name.format != nil else { return false }
            var others = ClientMarks.none
            for other in classes where other != name {
                others.formUnion(value.marks(ObservedFact.textClass(other)))
            }
            return isKnown(value.marks(ObservedFact.textClass(name))) && !isKnown(others)
        }
        return [
            ("minLength", low > 0 ? .int(rules.hasMargin ? 1 : most(low)) : nil),
            ("maxLength", .int(bound(high))),
            ("format", format?.format.map { .text($0.rawValue) }),
        ]
    }

    private func numbers(
        _ value: ObservedValue, _ name: String
    ) -> [(String, DocumentTree?)] {
        guard let low = value.lowest(.number, clientsMin: rules.clientsMin),
            let high = value.highest(.number, clientsMin: rules.clientsMin)
        else { return [] }
        var minimum: Int? = low < 0 ? -bound(-low) : low <= 4 ? 0 : 1 << min(low - 3, 53)
        var maximum: Int? = high <= 0 ? 0 : bound(high)
        if !rules.hasMargin {
            minimum = low < 0 ? -least(-low) : most(low)
            maximum = high < 0 ? -most(-high) : least(high)
        } else if low >= 0, TrafficNames.isIdentifier(name) {
            minimum = 0
            maximum = Self.identifierMax.first { $0 >= least(high) * 2 }
        }
        if low <= -53 { minimum = nil }
        if high >= 53 { maximum = nil }
        return [
            ("minimum", minimum.map { .int($0) }), ("maximum", maximum.map { .int($0) }),
        ]
    }

    /// Requests, for each text, that make an enumeration.
    private static let choiceRequests = 5

    /// Texts of an enumeration, if all that enough clients sent are known.
    private func choices(_ value: ObservedValue) -> [DocumentTree]? {
        let choices = value.choices
        let known = choices.values.filter { isKnown($0.value) }
        guard !choices.isClosed, known.count >= 2, !isKnown(choices.unconfirmed),
            value.count >= max(20, known.count * Self.choiceRequests)
        else { return nil }
        return known.keys.sorted().map { .text($0) }
    }
}
