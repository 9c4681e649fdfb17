extension SchemaExporter {
    mutating func exportObject(_ definition: SchemaDefinition, _ object: inout SchemaObject) {
        object["type"] = .text("object")
        exportSizes(definition, "Properties", &object)
        if let keys = definition.keys {
            var properties = SchemaObject()
            var required: [SchemaValue] = []
            for key in keys {
                properties[key.name] = at("properties", key.name.string) {
                    .object($0.export(key.schema))
                }
                if key.schema.definition.flags.presence == .required {
                    required.append(.text(key.name))
                }
            }
            object["properties"] = .object(properties)
            if !required.isEmpty { object["required"] = .array(required) }
        }
        exportPatterns(definition, &object)
        let isClosed = definition.keys != nil || !definition.keyPatterns.isEmpty
        if isClosed, definition.flags.unknown != true {
            object["additionalProperties"] = .bool(false)
        }
        for dependency in definition.dependencies { exportDependency(dependency, &object) }
    }

    private mutating func exportPatterns(
        _ definition: SchemaDefinition, _ object: inout SchemaObject
    ) {
        var patterns = SchemaObject()
        for pattern in definition.keyPatterns {
            if pattern.names != nil { lose("what all names that match must be") }
            guard case .pattern(let test) = pattern.test, test.options.isEmpty else {
                lose("members whose names fit a schema or ignore case")
                continue
            }
            if definition.keyPatterns.count > 1, !pattern.continues {
                lose("only the first pattern that matches a member holds")
            }
            patterns[test.source] = at("patternProperties", test.source) {
                .object($0.export(pattern.rule))
            }
        }
        if patterns.count > 0 { object["patternProperties"] = .object(patterns) }
    }

    private mutating func exportSizes(
        _ definition: SchemaDefinition, _ what: String, _ object: inout SchemaObject
    ) {
        for entry in definition.rules {
            guard case .size(let bound, let limit, _) = entry.rule else { continue }
            guard let count = limit.fixedCount else {
                lose("a size that refers to a field")
                continue
            }
            if bound != .max { object["min" + what] = .number(count) }
            if bound != .min { object["max" + what] = .number(count) }
        }
    }

    private mutating func exportDependency(
        _ dependency: SchemaDefinition.Dependency, _ object: inout SchemaObject
    ) {
        let references = dependency.peers + [dependency.key].compactMap { $0 }
        guard references.allSatisfy({ $0.path.count == 1 }) else {
            lose("dependencies of fields inside fields")
            return
        }
        let names = dependency.peers.compactMap { $0.path.first }
        let all = SchemaValue.object(["required": .array(names.map { .text($0) })])
        let each = names.map { SchemaValue.object(["required": .array([.text($0)])]) }
        switch dependency.relation {
        case .and:
            let none = SchemaValue.object(["not": .object(["anyOf": .array(each)])])
            append(.object(["anyOf": .array([all, none])]), &object)
        case .nand: append(.object(["not": all]), &object)
        case .or: append(.object(["anyOf": .array(each)]), &object)
        case .xor: append(.object(["oneOf": .array(each)]), &object)
        case .oxor:
            let none = SchemaValue.object(["not": .object(["anyOf": .array(each)])])
            append(.object(["oneOf": .array(each + [none])]), &object)
        case .with, .without:
            guard let key = dependency.key?.path.first else { return }
            var dependent = SchemaObject()
            dependent[key] =
                dependency.relation == .with
                ? all : .object(["not": .object(["anyOf": .array(each)])])
            append(.object(["dependentSchemas": .object(dependent)]), &object)
        }
    }

    mutating func exportArray(_ definition: SchemaDefinition, _ object: inout SchemaObject) {
        object["type"] = .text("array")
        exportSizes(definition, "Items", &object)
        let items = definition.items.filter { $0.definition.flags.presence != .forbidden }
        if !definition.ordered.isEmpty {
            object["prefixItems"] = list("prefixItems", definition.ordered)
            let required = definition.ordered.lastIndex {
                $0.definition.flags.presence == .required
            }
            if let required { append(.object(["minItems": .number(required + 1)]), &object) }
            if items.isEmpty { object["items"] = .bool(false) }
        }
        if items.count == 1, let item = items.first {
            object["items"] = at("items") { .object($0.export(item)) }
        } else if !items.isEmpty {
            object["items"] = .object(["anyOf": at("items") { $0.list("anyOf", items) }])
        }
        for (index, item) in definition.items.enumerated() {
            let schema = at("allOf", "\(index)") { SchemaValue.object($0.exportPlain(item)) }
            switch item.definition.flags.presence {
            case .required:
                append(.object(["contains": schema]), &object)
                if definition.items.count > 1 { lose("each required element is one of its own") }
            case .forbidden: append(.object(["not": .object(["contains": schema])]), &object)
            default: break
            }
        }
        exportArrayRules(definition, &object)
    }

    /// The schema of an element whose presence is said otherwise.
    private mutating func exportPlain(_ node: SchemaNode) -> SchemaObject {
        var definition = node.definition
        definition.flags.presence = nil
        return export(SchemaNode(definition))
    }

    private mutating func exportArrayRules(
        _ definition: SchemaDefinition, _ object: inout SchemaObject
    ) {
        for entry in definition.rules {
            switch entry.rule {
            case .unique(by: nil, _): object["uniqueItems"] = .bool(true)
            case .unique: lose("elements that differ in one member")
            case .contains(let node):
                let schema = at("contains") { SchemaValue.object($0.export(node)) }
                append(.object(["contains": schema]), &object)
            case .sort: lose("the order of elements")
            default: break
            }
        }
    }
}
