import GatehouseCore

extension SchemaCompiler {
    mutating func emitArrays(_ scope: SchemaScope) throws(SchemaError) {
        var plan = SchemaArrayPlan()
        var prefix: [SchemaPlace] = []
        if let place = member("prefixItems", scope) { prefix = try list(place, of: "schemas") }
        if let place = member("items", scope) {
            if scope.dialect.draft != .draft2020, sources.node(place).kind == .array {
                prefix = sources.children(of: place)
                if let rest = member("additionalItems", scope) {
                    plan.rest = try block(rest)
                    plan.isAdditional = true
                }
            } else {
                plan.rest = try block(place)
            }
        }
        if !prefix.isEmpty || plan.rest != SchemaBlock.none {
            plan.prefix = try addList(prefix)
            plan.prefixCount = Int32(prefix.count)
            parts.arrays.append(plan)
            emit(.array, .array, Int32(parts.arrays.count - 1))
        }
        if let place = member("contains", scope) {
            let least = try count("minContains", scope) ?? 1
            let most = try count("maxContains", scope) ?? .max
            emit(.contains, .array, try block(place), least, most)
        }
    }

    private mutating func addList(_ schemas: [SchemaPlace]) throws(SchemaError) -> Int32 {
        var blocks: [Int32] = []
        for schema in schemas { blocks.append(try block(schema)) }
        let start = Int32(parts.lists.count)
        parts.lists += blocks
        return start
    }

    mutating func emitObjects(_ scope: SchemaScope) throws(SchemaError) {
        var plan = SchemaObjectPlan()
        var entries: [PropertyTables.Entry] = []
        var entryByName: [Int32: Int] = [:]
        let appliesSchemas = scope.dialect.vocabularies.contains(.applicator)
        var unexpected: Set<Int32> = []
        if appliesSchemas, let place = member("properties", scope) {
            for schema in try map(place) {
                let name = parts.names.number(of: sources.node(schema).name)
                let block = try memberBlock(schema)
                if block == hiddenBlock { unexpected.insert(name) }
                entryByName[name] = entries.count
                entries.append(PropertyTables.Entry(name: name, block: block))
            }
        }
        var required: [Int32] = []
        if let place = member("required", scope), scope.dialect.vocabularies.contains(.validation) {
            for name in try list(place, of: "names") {
                let number = parts.names.number(of: try text(name))
                // What the other side alone may write can't be asked for.
                if unexpected.contains(number) { continue }
                let place = entryByName[number] ?? entries.count
                if place == entries.count {
                    entryByName[number] = place
                    entries.append(PropertyTables.Entry(name: number))
                }
                guard entries[place].required < 0 else { continue }
                entries[place].required = Int32(required.count)
                required.append(number)
            }
        }
        if appliesSchemas { try planOthers(&plan, scope) }
        if !entries.isEmpty { plan.table = parts.names.add(entries) }
        plan.required = Int32(parts.lists.count)
        plan.requiredCount = Int32(required.count)
        parts.lists += required
        guard
            !entries.isEmpty || plan.patternsCount > 0 || plan.additional != SchemaBlock.none
                || plan.names != SchemaBlock.none
        else { return }
        parts.objects.append(plan)
        emit(.object, .object, Int32(parts.objects.count - 1))
    }

    private mutating func planOthers(
        _ plan: inout SchemaObjectPlan, _ scope: SchemaScope
    ) throws(SchemaError) {
        if let place = member("patternProperties", scope) {
            var pairs: [Int32] = []
            for schema in try map(place) {
                pairs.append(try pattern(sources.node(schema).name, at: schema))
                pairs.append(try block(schema))
            }
            plan.patterns = Int32(parts.lists.count)
            plan.patternsCount = Int32(pairs.count / 2)
            parts.lists += pairs
        }
        if let place = member("additionalProperties", scope) { plan.additional = try block(place) }
        if let place = member("propertyNames", scope) { plan.names = try block(place) }
    }

    /// The fixed block of members that the writer of the value may not set.
    private var hiddenBlock: Int32 {
        switch direction {
        case .none: SchemaBlock.none
        case .request: SchemaBlock.readOnly
        case .response: SchemaBlock.writeOnly
        }
    }

    private mutating func memberBlock(_ schema: SchemaPlace) throws(SchemaError) -> Int32 {
        guard direction != .none else { return try block(schema) }
        let keyword = direction == .request ? "readOnly" : "writeOnly"
        return try isMarked(schema, keyword) ? hiddenBlock : try block(schema)
    }

    /// References from one to the next that are followed to find a mark.
    private static let referencesMax = 32

    private mutating func isMarked(
        _ schema: SchemaPlace, _ keyword: String
    ) throws(SchemaError) -> Bool {
        var place = schema
        for _ in 0..<Self.referencesMax {
            if let mark = sources.member(keyword, of: place), sources.node(mark).kind == .true {
                return true
            }
            guard let reference = sources.member("$ref", of: place),
                sources.node(reference).kind == .string
            else { return false }
            place = try sources.resolve(sources.node(reference).text, at: reference).place
        }
        return false
    }

    mutating func emitDependents(_ scope: SchemaScope) throws(SchemaError) {
        if let place = member("dependentRequired", scope),
            scope.dialect.vocabularies.contains(.validation)
        {
            for trigger in try map(place) { try emitDependentNames(trigger) }
        }
        if let place = member("dependentSchemas", scope) {
            for trigger in try map(place) { try emitDependentSchema(trigger) }
        }
        if let place = member("dependencies", scope) {
            for trigger in try map(place) {
                if sources.node(trigger).kind == .array {
                    try emitDependentNames(trigger)
                } else {
                    try emitDependentSchema(trigger)
                }
            }
        }
    }

    private mutating func emitDependentNames(_ trigger: SchemaPlace) throws(SchemaError) {
        var names: [Int32] = []
        for name in try list(trigger, of: "names") {
            names.append(parts.names.number(of: try text(name)))
        }
        let start = Int32(parts.lists.count)
        parts.lists += names
        let number = parts.names.number(of: sources.node(trigger).name)
        emit(.dependentRequired, .object, number, start, Int32(names.count))
    }

    private mutating func emitDependentSchema(_ trigger: SchemaPlace) throws(SchemaError) {
        let number = parts.names.number(of: sources.node(trigger).name)
        emit(.dependentSchema, .object, number, try block(trigger))
    }

    mutating func emitReference(_ place: SchemaPlace) throws(SchemaError) {
        let target = try sources.resolve(try text(place), at: place).place
        emit(.reference, .any, try block(target))
    }

    mutating func emitReferences(_ scope: SchemaScope) throws(SchemaError) {
        if let place = member("$ref", scope) { try emitReference(place) }
        if scope.dialect.draft == .draft2020, let place = member("$dynamicRef", scope) {
            let target = try sources.resolve(try text(place), at: place)
            let owner = sources.resources[try sources.resource(of: target.place)]
            if let anchor = target.anchor, owner.dynamicAnchors[anchor] == target.place {
                emitDynamic(anchor, try block(target.place))
            } else {
                emit(.reference, .any, try block(target.place))
            }
        }
        if scope.dialect.draft == .draft2019, let place = member("$recursiveRef", scope) {
            let target = try sources.resolve(try text(place), at: place).place
            let owner = sources.resources[try sources.resource(of: target)]
            if owner.dynamicAnchors[SchemaSources.recursiveAnchor] == target {
                emitDynamic(SchemaSources.recursiveAnchor, try block(target))
            } else {
                emit(.reference, .any, try block(target))
            }
        }
    }

    private mutating func emitDynamic(_ anchor: String, _ block: Int32) {
        let number = anchors.firstIndex(of: anchor) ?? anchors.count
        if number == anchors.count { anchors.append(anchor) }
        emit(.dynamicReference, .any, Int32(number), block)
    }

    mutating func emitCombinations(_ scope: SchemaScope) throws(SchemaError) {
        if let place = member("allOf", scope) {
            for schema in try list(place, of: "schemas") {
                emit(.allOf, .any, try block(schema))
            }
        }
        for (name, code) in [("anyOf", SchemaInstruction.Code.anyOf), ("oneOf", .oneOf)] {
            guard let place = member(name, scope) else { continue }
            let schemas = try list(place, of: "schemas")
            guard !schemas.isEmpty else {
                throw sources.error(
                    .wrongValue(expected: "a list of one schema or more"), at: place)
            }
            try emitDiscriminator(scope, schemas)
            emit(code, .any, try addList(schemas), Int32(schemas.count))
        }
        if let place = member("not", scope) { emit(.not, .any, try block(place)) }
        if let place = member("if", scope) {
            let yes = try member("then", scope).map { place throws(SchemaError) in try block(place)
            }
            let no = try member("else", scope).map { place throws(SchemaError) in try block(place) }
            emit(
                .condition, .any, try block(place), yes ?? SchemaBlock.always,
                no ?? SchemaBlock.always)
        }
    }

    mutating func emitUnevaluated(_ scope: SchemaScope, _ number: Int) throws(SchemaError) {
        if let place = member("unevaluatedItems", scope) {
            emit(.unevaluatedItems, .array, try block(place))
            parts.blocks[number].asksUnevaluated = true
        }
        if let place = member("unevaluatedProperties", scope) {
            emit(.unevaluatedProperties, .object, try block(place))
            parts.blocks[number].asksUnevaluated = true
        }
    }
}
